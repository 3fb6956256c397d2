package sheet

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"kehu/internal/fault"
)

func encodeGB(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCSV(t *testing.T) {
	const names = "客户名称,电话\n上海甲公司,021-1\n"
	const want = "1 A=客户名称 B=电话\n2 A=上海甲公司 B=021-1\n"
	for name, c := range map[string]struct{ data, want string }{
		"UTF-8":               {names, want},
		"UTF-8 with mark":     {"\ufeff" + names, want},
		"GB18030":             {encodeGB(t, names), want},
		"four-byte GB18030":   {encodeGB(t, "名称\n㐀𠀀\n"), "1 A=名称\n2 A=㐀𠀀\n"},
		"UTF-16 little":       {utf16Text(names, false, true), want},
		"UTF-16 big":          {utf16Text(names, true, true), want},
		"ASCII":               {"a,b\n", "1 A=a B=b\n"},
		"semicolons":          {"a;b,c;d\n1;2;3\n", "1 A=a B=b,c C=d\n2 A=1 B=2 C=3\n"},
		"tabs":                {"a\tb\n1,5\t2\n", "1 A=a B=b\n2 A=1,5 B=2\n"},
		"bars":                {"a|b|c\n1|2|3\n", "1 A=a B=b C=c\n2 A=1 B=2 C=3\n"},
		"title above":         {"客户名单\n\na;b\n1,2,3;4\n", "1 A=客户名单\n2\n3 A=a B=b\n4 A=1,2,3 B=4\n"},
		"delimiter in quotes": {"\"a;b;c\",d\n", "1 A=a;b;c B=d\n"},
		"delimiter told":      {"sep=;\r\na;b,c,d\r\n", "1 A=a B=b,c,d\n"},
		"told in quotes":      {"\ufeff\"sep=|\"\na|b\n", "1 A=a B=b\n"},
		"CR LF":               {"a,b\r\n1,2\r\n", "1 A=a B=b\n2 A=1 B=2\n"},
		"CR":                  {"a,b\r1,2\r", "1 A=a B=b\n2 A=1 B=2\n"},
		"no end of line":      {"a,b\n1,2", "1 A=a B=b\n2 A=1 B=2\n"},
		"blank lines count":   {"a\n\n\nb\n", "1 A=a\n2\n3\n4 A=b\n"},
		"empty fields":        {"a,,b,\n,,\n", "1 A=a C=b\n2\n"},
		"quotes":              {"\"a\"\"b\",\"\",\"c\r\nd\"\n", "1 A=a\"b C=c\nd\n"},
		"quotes to the end":   {"a,\"b\"", "1 A=a B=b\n"},
		"quote in a text":     {"5\" pipe,b\"c\n", "1 A=5\" pipe B=b\"c\n"},
		"text trick":          {"=\"00123\",\"=\"\"0045\"\"\",=\"\"\n", "1 A=00123 B=0045\n"},
		"formula of texts":    {"\"=\"\"a\"\"&\"\"b\"\"\"\n", "1 A==\"a\"&\"b\"\n"},
		"mark only":           {"\ufeff", ""},
		"replacement kept":    {"a\ufffd,b\n", "1 A=a\ufffd B=b\n"},
	} {
		got, err := dumpCSV(c.data)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
	}
}

func dumpCSV(data string) (string, error) {
	b, err := openBytes([]byte(data), `C:\x\客户.2024.csv`, Options{})
	if err != nil {
		return "", err
	}
	text, err := dump(b)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(text, "# 客户.2024 hidden=false\n"), nil
}

func TestCSVFaults(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want *fault.Fault
		line string
	}{
		"quote not closed":        {"a,b\n1,\"2\n3,4\n", ErrCSVQuotes, "第 2 行"},
		"text after a quote":      {"a,b\n\n1,\"2\"x\n", ErrCSVQuotes, "第 3 行"},
		"blank after a quote":     {"\"2\" ,b\n", ErrCSVQuotes, "第 1 行"},
		"quote after a blank":     {"\"a\nb\",c\n1, \"2,3\"\n", ErrCSVQuotes, "第 3 行"},
		"quote open over much":    {"a\n\"" + strings.Repeat("客户,\n", 100_000), ErrCSVQuotes, "第 2 行"},
		"NUL":                     {"a\nb\x00c\n", ErrCSVBinary, "第 2 行"},
		"UTF-16 without mark":     {utf16Text("a,b\n", false, false), ErrCSVBinary, "第 1 行"},
		"UTF-8 cut in a letter":   {"客户名称\n上海\xe5\x85", ErrCSVEncoding, "第 2 行"},
		"one bad byte in UTF-8":   {"客户名称\n上海\xff北京\n", ErrCSVEncoding, "第 2 行"},
		"mark and other bytes":    {"\ufeffa\n\xb9\xab\xcb\xbe\n", ErrCSVEncoding, "第 2 行"},
		"neither":                 {"\xb9\xab\n\xff\xff\xff\n", ErrCSVEncoding, "第 2 行"},
		"GB18030 cut in a letter": {encodeGB(t, "客户名称\n上海")[:12], ErrCSVEncoding, "第 2 行"},
		"UTF-16 cut":              {utf16Text("a\nb\nc", false, true)[:11], ErrCSVEncoding, "第 3 行"},
		"UTF-16 half a pair":      {"\xff\xfea\x00\x3d\xd8a\x00", ErrCSVEncoding, "第 1 行"},
		"text too long":           {"a\n" + strings.Repeat("长", CellLimit+1), ErrCellTooLong, "A2"},
		"too many columns":        {strings.Repeat("a,", 201), ErrTooManyColumns, "GS1"},
	} {
		_, err := dumpCSV(c.data)
		t.Run(name, func(t *testing.T) {
			wantFault(t, err, c.want)
			if err == nil || !strings.Contains(err.Error(), c.line) {
				t.Errorf("%v does not name %s", err, c.line)
			}
		})
	}
}

func TestCSVLimits(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"rows":             {strings.Repeat("a\n", 5+headerRows), nil},
		"blank rows":       {strings.Repeat("a\n\n", 5+headerRows), nil},
		"too many rows":    {strings.Repeat("a\n", 6+headerRows), ErrTooManyRows},
		"empty columns":    {"a,b,c" + strings.Repeat(",", 100), nil},
		"too many columns": {"a,b,c,d", ErrTooManyColumns},
	} {
		b, err := openBytes([]byte(c.data), "a.csv", Options{Limits: Limits{Rows: 5, Columns: 3}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dump(b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCSVInfo(t *testing.T) {
	b, err := openBytes([]byte("a,b,,\n\n,c\n"), "a.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := b.Inspect(context.Background(), "a")
	if err != nil || info.Rows != 3 || info.Filled != 2 || info.LastRow != 3 || info.Columns != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	if b.Format() != "csv" || b.Date1904() {
		t.Error(b.Format())
	}
}

// Law: what encoding/csv writes in any encoding comes back, whatever the windows cut.
func TestCSVRoundTrip(t *testing.T) {
	field := rapid.Custom(func(t *rapid.T) string {
		return rapid.StringOf(rapid.OneOf(
			rapid.SampledFrom([]rune(",;\t|\"\n ='a1")), rapid.RuneFrom([]rune("客户上海公司电话㐀𠀀é"))),
		).Draw(t, "field")
	})
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 5).Draw(t, "columns")
		records := [][]string{slices.Repeat([]string{"甲"}, columns)}
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			records = append(records,
				rapid.SliceOfN(field, columns, columns).Draw(t, "record"))
		}
		delimiter := rune(rapid.SampledFrom([]byte(delimiters)).Draw(t, "delimiter"))
		encoding := rapid.IntRange(0, 4).Draw(t, "encoding")
		text := writeCSV(t, records, delimiter)
		got, err := readCSV(encodeText(t, text, encoding))
		if columns == 1 {
			return // nothing tells the delimiter; it must not panic
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, record := range records {
			for c, want := range record {
				want = string(unwrapText([]byte(want)))
				if i >= len(got) || c >= len(got[i]) && want != "" || c < len(got[i]) && got[i][c] != want {
					t.Fatalf("record %d: got %q, want %q\n%q", i, got, records, text)
				}
			}
		}
	})
}

func writeCSV(t *rapid.T, records [][]string, delimiter rune) string {
	var out strings.Builder
	w := csv.NewWriter(&out)
	w.Comma = delimiter
	w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func encodeText(t *rapid.T, text string, encoding int) []byte {
	switch encoding {
	case 1:
		return []byte("\ufeff" + text)
	case 2:
		out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(out)
	case 3:
		return []byte(utf16Text(text, false, true))
	case 4:
		return []byte(utf16Text(text, true, true))
	}
	return []byte(text)
}

func readCSV(data []byte) ([][]string, error) {
	b, err := openBytes(data, "a.csv", Options{})
	if err != nil {
		return nil, err
	}
	rows, err := b.Rows(context.Background(), "a")
	if err != nil {
		return nil, err
	}
	var all [][]string
	for rows.Next() {
		var record []string
		for _, c := range rows.Row().Cells {
			record = append(record, c.String())
		}
		if rows.Row().Number != len(all)+1 {
			return nil, fmt.Errorf("row %d is numbered %d", len(all)+1, rows.Row().Number)
		}
		all = append(all, record)
	}
	return all, rows.Err()
}

// The encodings are surveyed in windows; none may cut a letter.
func TestSurveyByteByByte(t *testing.T) {
	for _, text := range []string{"客户,上海\n", "a\xffb客户\n", "客\xe5", "\xe5\xae", "ab\x00"} {
		whole, err1 := surveyText(strings.NewReader(text))
		bytewise, err2 := surveyText(iotest.OneByteReader(strings.NewReader(text)))
		if whole != bytewise || err1 != nil || err2 != nil {
			t.Errorf("%q: %+v, byte by byte %+v", text, whole, bytewise)
		}
		if valid := utf8.ValidString(text); valid != (whole.bad == 0) {
			t.Errorf("%q: %+v", text, whole)
		}
	}
}

// FuzzCSV: no panic, every error a fault; and what encoding/csv reads of plain text is the same.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n\"c\nd\",=\"1\"\r\n"))
	f.Add([]byte("\xb9\xab\xcb\xbe;1\n"))
	f.Add([]byte(utf16Text("a,b\n", true, true)))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readCSV(data)
		if err != nil {
			if _, ok := fault.Of(err); !ok {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		text := string(data)
		if !utf8.ValidString(text) || strings.ContainsAny(text, ";\t|\r=\ufeff") {
			return
		}
		checkAgainstCSV(t, text, got)
	})
}

// checkAgainstCSV compares with encoding/csv, which passes over blank lines.
func checkAgainstCSV(t *testing.T, text string, got [][]string) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	at := 0
	for {
		want, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return // encoding/csv refuses a quote amid a text
		}
		for at < len(got) && len(got[at]) == 0 && strings.Join(want, "") != "" {
			at++
		}
		if at >= len(got) {
			if strings.Join(want, "") == "" {
				continue
			}
			t.Fatalf("%q: %q missing in %q", text, want, got)
		}
		if strings.Join(want, "") == "" {
			continue
		}
		for len(want) > 0 && want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		if !slices.Equal(got[at], want) {
			t.Fatalf("%q: got %q, want %q", text, got[at], want)
		}
		at++
	}
}
