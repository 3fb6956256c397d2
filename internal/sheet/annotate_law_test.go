package sheet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// drawBook makes a workbook of random gaps, fills and comments. Some rows are missing, so are some
// cells.
func drawBook(t *rapid.T) *excelize.File {
	f := excelize.NewFile()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetName("Sheet1", "客户"))
	columns := rapid.IntRange(1, 5).Draw(t, "columns")
	for c := range columns {
		must(f.SetCellValue("客户", cellRef(c, 1), fmt.Sprintf("列%d", c)))
	}
	for row := 2; row <= rapid.IntRange(1, 7).Draw(t, "rows"); row++ {
		for c := range columns {
			ref := cellRef(c, row)
			switch rapid.IntRange(0, 5).Draw(t, ref) {
			case 0: // no cell
			case 1:
				must(f.SetCellValue("客户", ref, row*c))
			case 2:
				colour := rapid.SampledFrom([]string{"FFFF00", "00B0F0"}).Draw(t, "colour")
				id, err := f.NewStyle(&excelize.Style{NumFmt: 4, Fill: excelize.Fill{Type: "pattern",
					Pattern: 1, Color: []string{colour}}})
				must(err)
				must(f.SetCellStyle("客户", ref, ref, id))
			case 3:
				must(f.AddComment("客户", excelize.Comment{Cell: ref, Author: "李四",
					Paragraph: []excelize.RichTextRun{{Text: "请核对" + ref}}}))
				must(f.SetCellStr("客户", ref, "有批注"))
			default:
				must(f.SetCellStr("客户", ref, "文本"+ref))
			}
		}
	}
	return f
}

func drawMarks(t *rapid.T, label string) []RowMarks {
	var list []RowMarks
	row := 1
	for range rapid.IntRange(1, 4).Draw(t, label) {
		row += rapid.IntRange(1, 3).Draw(t, "gap")
		m := RowMarks{Row: row}
		for range rapid.IntRange(1, 3).Draw(t, "marks") {
			m.Marks = append(m.Marks, Mark{rapid.IntRange(-1, 5).Draw(t, "column"),
				rapid.SampledFrom([]string{"缺少", "格式不对", "重复"}).Draw(t, "reason")})
		}
		list = append(list, m)
	}
	return list
}

// Marks that were made and taken away leave what was there; made again they are the same; and
// those of an earlier try do not show.
func TestAnnotateLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawBook(rt)
		defer f.Close()
		b, err := f.WriteToBuffer()
		if err != nil {
			rt.Fatal(err)
		}
		source, marks := b.Bytes(), drawMarks(rt, "marks")
		once := annotate(t, source, marks...)
		seen := render(t, once, "客户")
		for _, m := range marks {
			for _, mark := range m.Marks {
				if !strings.Contains(seen, mark.Reason) {
					rt.Fatalf("%q is not told:\n%s", mark.Reason, seen)
				}
			}
		}
		if again := render(t, annotate(t, once, marks...), "客户"); again != seen {
			rt.Fatalf("once\n%s\ntwice\n%s", seen, again)
		}
		other := annotate(t, source, drawMarks(rt, "earlier marks")...)
		if later := render(t, annotate(t, other, marks...), "客户"); later != seen {
			rt.Fatalf("at once\n%s\nafter others\n%s", seen, later)
		}
		cleared := render(t, annotate(t, once), "客户")
		head := strings.Index(cleared, " "+ErrorHeader+" ["+wrongRGB[2:]+"]\n")
		if head < 2 {
			rt.Fatalf("the header of the reasons is gone:\n%s", cleared)
		}
		cleared = cleared[:head-2] + cleared[head+len(" "+ErrorHeader+" ["+wrongRGB[2:]+"]\n"):]
		if want := render(t, source, "客户"); cleared != want {
			rt.Fatalf("before\n%s\ncleared\n%s", want, cleared)
		}
	})
}
