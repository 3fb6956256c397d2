package demo

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// WorkbookName is the file name of the sample.
const WorkbookName = "示例客户表.xlsx"

// The sheets of the sample: what is to be imported, an old one that is hidden, and a guide.
const (
	registerSheet = "客户登记表"
	hiddenSheet   = "旧表勿用"
	guideSheet    = "填表要求"
)

// headerRow is where the header stands, below two titles.
const headerRow = 3

// Workbook writes the sample: rowsOfSheet rows as people keep them, most of them sound, the others
// with every kind of trouble (the table troubles). With a source of the same seed as Fill had, its
// duplicates are those customers.
func Workbook(w io.Writer, from *rand.Rand, now time.Time) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := sideSheets(f); err != nil {
		return err
	}
	stream, err := f.NewStreamWriter(registerSheet)
	if err != nil {
		return err
	}
	s := &sheetWriter{stream: stream}
	if err := s.styles(f); err != nil {
		return err
	}
	if err := s.head(now.Year()); err != nil {
		return err
	}
	if err := s.rows(lines(from, now)); err != nil {
		return err
	}
	if err := stream.Flush(); err != nil {
		return err
	}
	var plain bytes.Buffer
	if err := f.Write(&plain); err != nil {
		return err
	}
	return withErrors(w, plain.Bytes())
}

func sideSheets(f *excelize.File) error {
	if err := f.SetSheetName("Sheet1", hiddenSheet); err != nil {
		return err
	}
	old := [][]any{{"客户名称", "电话"}, {"去年的表，不再更新", "13900009998"}}
	guide := [][]any{{"填表要求"}, {"1. 公司名称按营业执照填写"}, {"2. 带★的列必须填写"}, {"3. 每家公司一行，多个联系人可合并单元格"}}
	active, err := f.NewSheet(registerSheet)
	if err != nil {
		return err
	}
	if _, err := f.NewSheet(guideSheet); err != nil {
		return err
	}
	for name, rows := range map[string][][]any{hiddenSheet: old, guideSheet: guide} {
		for i, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, i+1)
			if err != nil {
				return err
			}
			if err := f.SetSheetRow(name, cell, &row); err != nil {
				return err
			}
		}
	}
	f.SetActiveSheet(active)
	if err := f.SetDocProps(&excelize.DocProperties{Creator: CompanyName}); err != nil {
		return err
	}
	return f.SetSheetVisible(hiddenSheet, false)
}

type sheetWriter struct {
	stream                           *excelize.StreamWriter
	title, header, date, power, body int
}

func (s *sheetWriter) styles(f *excelize.File) error {
	grid := []excelize.Border{}
	for _, side := range []string{"left", "top", "right", "bottom"} {
		grid = append(grid, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	middle := &excelize.Alignment{Vertical: "center"}
	dayFormat := "yyyy/m/d"
	for _, style := range []struct {
		id *int
		as excelize.Style
	}{
		{&s.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 16},
			Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}}},
		{&s.header, excelize.Style{Font: &excelize.Font{Bold: true}, Border: grid,
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
			Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center",
				WrapText: true}}},
		{&s.body, excelize.Style{Border: grid, Alignment: middle}},
		{&s.date, excelize.Style{CustomNumFmt: &dayFormat, Border: grid, Alignment: middle}},
		{&s.power, excelize.Style{NumFmt: 11, Border: grid, Alignment: middle}},
	} {
		id, err := f.NewStyle(&style.as)
		if err != nil {
			return err
		}
		*style.id = id
	}
	return nil
}

// head writes widths, the titles and the header, which stay in sight.
func (s *sheetWriter) head(year int) error {
	err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: headerRow,
		TopLeftCell: fmt.Sprintf("A%d", headerRow+1), ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	for i, c := range columns {
		if err := s.stream.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	last, err := excelize.ColumnNumberToName(len(columns))
	if err != nil {
		return err
	}
	for i, text := range fileTitle(year) {
		cell := excelize.Cell{StyleID: s.title, Value: text}
		if i > 0 {
			cell.StyleID = 0
		}
		row, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := s.stream.SetRow(row, []any{cell}); err != nil {
			return err
		}
		if err := s.stream.MergeCell(row, last+row[1:]); err != nil {
			return err
		}
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		if c.key != "" {
			header[i] = excelize.Cell{StyleID: s.header, Value: c.header}
		}
	}
	return s.row(headerRow, header, excelize.RowOpts{Height: 32})
}

func (s *sheetWriter) row(number int, cells []any, opts excelize.RowOpts) error {
	first, err := excelize.CoordinatesToCellName(1, number)
	if err != nil {
		return err
	}
	return s.stream.SetRow(first, cells, opts)
}

// rows writes the lines and merges the company cells of those that belong together.
func (s *sheetWriter) rows(all []*line) error {
	for i, l := range all {
		number := headerRow + 1 + i
		cells := make([]any, 0, len(columns))
		if l.cells != nil {
			for _, c := range columns {
				cells = append(cells, s.cell(l.cells[c.key]))
			}
		}
		if err := s.row(number, cells, excelize.RowOpts{Hidden: l.hidden}); err != nil {
			return err
		}
		if i > 0 && l.merged && !all[i-1].merged {
			if err := s.mergeCompany(number-1, all[i:]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sheetWriter) mergeCompany(first int, below []*line) error {
	last := first
	for _, l := range below {
		if !l.merged {
			break
		}
		last++
	}
	at := slices.IndexFunc(columns, func(c column) bool { return c.key == "name" }) + 1
	top, err := excelize.CoordinatesToCellName(at, first)
	if err != nil {
		return err
	}
	bottom, err := excelize.CoordinatesToCellName(at, last)
	if err != nil {
		return err
	}
	return s.stream.MergeCell(top, bottom)
}

// cell gives a value the look that it has in people's sheets.
func (s *sheetWriter) cell(value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case daySerial:
		return excelize.Cell{StyleID: s.date, Value: float64(v)}
	case scientific:
		return excelize.Cell{StyleID: s.power, Value: float64(v)}
	case cellError:
		return excelize.Cell{StyleID: s.body, Value: string(v)}
	}
	return excelize.Cell{StyleID: s.body, Value: value}
}

// withErrors copies a workbook and makes errors of its texts #N/A: excelize writes no cells of
// that type (ECMA-376 part 1, 18.18.11).
func withErrors(w io.Writer, plain []byte) error {
	from, err := zip.NewReader(bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		return err
	}
	errors := strings.NewReplacer(`t="inlineStr"><is><t>#N/A</t></is>`, `t="e"><v>#N/A</v>`)
	to := zip.NewWriter(w)
	for _, part := range from.File {
		if !strings.HasPrefix(part.Name, "xl/worksheets/") {
			if err := to.Copy(part); err != nil {
				return err
			}
			continue
		}
		content, err := readPart(part)
		if err != nil {
			return err
		}
		copied, err := to.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := errors.WriteString(copied, content); err != nil {
			return err
		}
	}
	return to.Close()
}

func readPart(part *zip.File) (string, error) {
	r, err := part.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return string(content), err
}
