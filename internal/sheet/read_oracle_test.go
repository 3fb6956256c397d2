package sheet

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// oracleCell is a cell as it is given to excelize, and as it is to be read.
type oracleCell struct {
	value any
	style string // number format
	want  Cell   // Kind and Text
}

func drawText(t *rapid.T) oracleCell {
	text := rapid.StringOf(rapid.OneOf(
		rapid.RuneFrom([]rune("客户上海公司㐀𠀀é")),
		rapid.SampledFrom([]rune(" \n\t<>&\"'_x0041;]=-+@,1")),
	)).Draw(t, "text")
	c := oracleCell{value: text, want: Cell{Kind: Text, Text: text}}
	if text == "" {
		c.want.Kind = Empty
	}
	return c
}

func drawNumber(t *rapid.T) oracleCell {
	number := rapid.OneOf(
		rapid.Map(rapid.Int64Range(-1e15+1, 1e15-1), func(n int64) float64 { return float64(n) }),
		rapid.Map(rapid.Int64Range(-1e12, 1e12), func(n int64) float64 { return float64(n) / 1000 }),
		rapid.Float64Range(-1e20, 1e20),
	).Draw(t, "number")
	return oracleCell{value: number, want: Cell{Kind: Number, Number: number}}
}

func drawDate(t *rapid.T) oracleCell {
	at := time.Date(rapid.IntRange(1901, 2100).Draw(t, "year"), 1, 1, 0, 0,
		rapid.IntRange(0, 366*secondsOfDay).Draw(t, "second"), 0, time.UTC)
	if rapid.Bool().Draw(t, "midnight") {
		at = at.Truncate(24 * time.Hour)
	}
	layout := monthDayClock
	if at.Equal(at.Truncate(24 * time.Hour)) {
		layout = time.DateOnly
	}
	format := rapid.SampledFrom([]string{`yyyy"年"m"月"d"日"`, "yyyy-mm-dd hh:mm:ss",
		"[$-804]yyyy/m/d;@"}).Draw(t, "format")
	return oracleCell{at, format, Cell{Kind: Date, Text: at.Format(layout)}}
}

func drawBool(t *rapid.T) oracleCell {
	if rapid.Bool().Draw(t, "bool") {
		return oracleCell{value: true, want: Cell{Kind: Bool, Text: "TRUE"}}
	}
	return oracleCell{value: false, want: Cell{Kind: Bool, Text: "FALSE"}}
}

func drawCell(t *rapid.T) oracleCell {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return drawNumber(t)
	case 1:
		return drawDate(t)
	case 2:
		return drawBool(t)
	case 3:
		return oracleCell{}
	}
	return drawText(t)
}

// Law: on sound workbooks, with shared strings and with inline ones, the scanner reads what
// excelize was given, and the raw values that excelize reads back.
func TestReadsWhatExcelizeWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawCell), 0, 6), 1, 6).Draw(t, "table")
		data := writeExcelize(t, table, rapid.Bool().Draw(t, "stream"))
		b, err := openBytes(data, "a.xlsx", Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := b.Rows(context.Background(), "Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		raw := rawRows(t, data)
		got := map[int][]Cell{}
		for rows.Next() {
			got[rows.Row().Number] = append([]Cell(nil), rows.Row().Cells...)
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		for r, record := range table {
			for c, cell := range record {
				var have Cell
				if cells := got[r+1]; c < len(cells) {
					have = cells[c]
				}
				compareCell(t, CellName(c, r+1), have, cell)
				if have.Kind == Number && (r >= len(raw) || c >= len(raw[r]) || raw[r][c] != have.Text) {
					t.Fatalf("%s: raw %q, excelize has %q", CellName(c, r+1), have.Text, raw)
				}
			}
		}
	})
}

func compareCell(t *rapid.T, at string, have Cell, cell oracleCell) {
	want := cell.want
	if have.Kind != want.Kind {
		t.Fatalf("%s: kind %d, want %d of %v", at, have.Kind, want.Kind, cell.value)
	}
	if want.Kind == Number {
		if math.Abs(have.Number-want.Number) > math.Abs(want.Number)*1e-14 ||
			strings.ContainsAny(have.String(), "eE") {
			t.Fatalf("%s: %v %q, want %v", at, have.Number, have.String(), want.Number)
		}
		return
	}
	if have.String() != want.Text {
		t.Fatalf("%s: %q, want %q", at, have.String(), want.Text)
	}
}

func writeExcelize(t *rapid.T, table [][]oracleCell, stream bool) []byte {
	f := excelize.NewFile()
	defer f.Close()
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	style := func(format string) int {
		if format == "" {
			return 0
		}
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		fail(err)
		return id
	}
	var w *excelize.StreamWriter
	if stream {
		var err error
		w, err = f.NewStreamWriter("Sheet1")
		fail(err)
	}
	for r, record := range table {
		var cells []any
		for c, cell := range record {
			id := style(cell.style)
			cells = append(cells, excelize.Cell{StyleID: id, Value: cell.value})
			if stream {
				continue
			}
			fail(f.SetCellValue("Sheet1", CellName(c, r+1), cell.value))
			if id > 0 {
				fail(f.SetCellStyle("Sheet1", CellName(c, r+1), CellName(c, r+1), id))
			}
		}
		if stream {
			fail(w.SetRow(CellName(0, r+1), cells))
		}
	}
	if stream {
		fail(w.Flush())
	}
	out, err := f.WriteToBuffer()
	fail(err)
	return out.Bytes()
}

func rawRows(t *rapid.T, data []byte) [][]string {
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
