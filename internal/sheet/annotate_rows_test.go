package sheet

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
)

func rowsOf(list ...SourceRow) iter.Seq2[SourceRow, error] {
	return func(yield func(SourceRow, error) bool) {
		for _, row := range list {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func annotateRows(t testing.TB, source Source, marks ...RowMarks) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := AnnotateRows(&out, source, marksOf(marks...)); err != nil {
		t.Fatal(err)
	}
	checkWellFormed(t, out.Bytes())
	checkOrder(t, out.Bytes())
	return out.Bytes()
}

func csvSource() Source {
	return Source{Name: "客户.csv", HeaderRow: 2, Header: []string{"名称", "手机"}, Rows: rowsOf(
		SourceRow{1, false, []string{"客户登记表"}},
		SourceRow{3, false, []string{"甲公司", "138"}},
		SourceRow{5, false, []string{"=乙公司", "13800138000", "多出来的"}},
		SourceRow{6, false, []string{"丙公司"}},
	)}
}

func TestAnnotateRowsReads(t *testing.T) {
	book := annotateRows(t, csvSource(),
		RowMarks{Row: 3, Marks: []Mark{{1, "手机号应为 11 位数字"}}},
		RowMarks{Row: 4, Marks: []Mark{{0, "这一行不在源文件中"}}},
		RowMarks{Row: 5, Marks: []Mark{{2, "没有列名"}}},
		RowMarks{Row: 6, Marks: []Mark{{-1, "与第 3 行重复"}, {1, "缺少手机"}}})
	checkGolden(t, "annotate_rows.golden", render(t, book, "客户.csv"))
	sheet := partOf(t, book, "xl/worksheets/sheet1.xml")
	for _, want := range []string{`<pane ySplit="2"`, `<autoFilter ref="A2:C6"/>`,
		`<c r="A5" s="3" t="inlineStr">`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
}

// The error workbook of a CSV file can be annotated again like any other.
func TestAnnotateRowsThenAnnotate(t *testing.T) {
	book := annotateRows(t, csvSource(), oneMark(3, 1, "手机号应为 11 位数字"))
	again := render(t, annotateAt(t, book, "客户.csv", 2, oneMark(6, 0, "名称太短")), "客户.csv")
	want := render(t, annotateRows(t, csvSource(), oneMark(6, 0, "名称太短")), "客户.csv")
	if again != want {
		t.Errorf("got\n%s\nwant\n%s", again, want)
	}
}

func TestAnnotateRowsUsesTheColumnOfAnEarlierTry(t *testing.T) {
	source := Source{Name: "客户", HeaderRow: 1, Header: []string{"错误", "名称"}, Rows: rowsOf(
		SourceRow{2, false, []string{"旧的原因", "甲公司"}}, SourceRow{3, false, []string{"旧的原因", "乙公司"}})}
	want := "A1 错误 [FFC7CD]\nB1 名称 [DDEBF7]\nB2 甲公司\nA3 新的原因\n" +
		"B3 乙公司 [FFC7CD] 〔客户登记｜客户登记：⏎新的原因〕\n"
	if got := render(t, annotateRows(t, source, oneMark(3, 1, "新的原因")), "客户"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnnotateRowsOfAnEmptySource(t *testing.T) {
	source := Source{Name: "客户", HeaderRow: 1, Header: []string{"名称"}, Rows: rowsOf()}
	want := "A1 名称 [DDEBF7]\nB1 错误 [FFC7CD]\n"
	if got := render(t, annotateRows(t, source), "客户"); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestAnnotateRowsRefuses(t *testing.T) {
	broken := errors.New("the file is gone")
	source := func(rows iter.Seq2[SourceRow, error]) Source {
		return Source{Name: "客户", HeaderRow: 2, Header: []string{"名称"}, Rows: rows}
	}
	for _, c := range []struct {
		name   string
		source Source
		want   error
	}{
		{"rows out of order", source(rowsOf(SourceRow{4, false, nil}, SourceRow{3, false, nil})), errSourceOrder},
		{"the header among the rows", source(rowsOf(SourceRow{2, false, nil})), errSourceOrder},
		{"a row past the end", source(rowsOf(SourceRow{MaxSheetRows + 1, false, nil})), errSourceOrder},
		{"a reader that fails", source(func(yield func(SourceRow, error) bool) {
			yield(SourceRow{}, broken)
		}), broken},
	} {
		if err := AnnotateRows(io.Discard, c.source, marksOf()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	wide := source(rowsOf(SourceRow{3, false, make([]string, MaxSheetColumns)}))
	if err := AnnotateRows(io.Discard, wide, marksOf()); err == nil {
		t.Error("a row without room for the reasons was taken")
	}
	if err := AnnotateRows(io.Discard, Source{HeaderRow: 0}, marksOf()); err == nil {
		t.Error("a header in row 0 was taken")
	}
}
