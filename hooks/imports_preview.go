package hooks

import (
	"cmp"
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fault"
	"kehu/internal/mapping"
	"kehu/internal/sheet"
)

// Limits of a preview.
const (
	previewRows   = 1000 // rows that are checked
	previewSample = 20   // rows that are shown, and as many with faults
	previewFaults = 5    // kinds of faults that are counted out
	previewTime   = 2 * time.Minute
)

// importPreview is what a person sees before the start.
type importPreview struct {
	Sheet      string            `json:"sheet"`
	Sheets     []previewSheet    `json:"sheets"`
	Headers    []string          `json:"headers"`
	Mapping    mapping.Mapping   `json:"mapping"`
	Unmapped   []mapping.Column  `json:"unmapped"`
	Targets    []mapping.Column  `json:"targets"`
	Rows       int               `json:"rows"` // below the header
	TitleRows  int               `json:"title_rows"`
	HiddenRows int               `json:"hidden_rows"`
	Sample     []previewRow      `json:"sample"`
	Checked    int               `json:"checked"`
	Faulty     int               `json:"faulty"`
	Missing    map[string]int    `json:"missing"`
	Faults     []previewFault    `json:"faults"` // those that most rows have, the commonest first
	Options    importOptions     `json:"options"`
	Chosen     map[string]string `json:"chosen,omitempty"` // by a person
}

type previewFault struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	N       int    `json:"n"`
}

type previewSheet struct {
	Name   string `json:"name"`
	Hidden bool   `json:"hidden"`
}

type previewRow struct {
	Row    int        `json:"row"`
	Cells  []string   `json:"cells"`
	Errors []rowFault `json:"errors"`
}

// ErrNoRows: a workbook whose sheets are all empty, hidden or our own.
var ErrNoRows = fault.Define("sheets_empty",
	"文件里没有可导入的内容：工作表都是空的或隐藏的，请取消隐藏或换一个文件",
	"There is nothing to import: all sheets are empty or hidden, unhide one or choose another file")

// ErrNoSheet: the sheet that was asked for is not there.
var ErrNoSheet = fault.Define("sheet_not_found",
	"工作簿里没有名为「{name}」的工作表，请从列表中选择",
	"The workbook has no sheet “{name}”, choose one from the list")

// preview reads the head of a workbook and its first rows, and puts the import to "ready".
func (h *House) preview(id string) {
	ctx, cancel := context.WithTimeout(background(), previewTime)
	defer cancel()
	go func() {
		select {
		case <-h.imports.quit:
			cancel() // it is made anew at the next start
		case <-ctx.Done():
		}
	}()
	record, err := h.app.FindRecordById("imports", id)
	if err != nil {
		return
	}
	h.settle(record, h.safePreview(ctx, record))
}

// safePreview: a panic ends the preview, not the server.
func (h *House) safePreview(ctx context.Context, record *core.Record) (err error) {
	defer func() {
		if r := recover(); r != nil {
			h.app.Logger().Error("import preview", "id", record.Id, "panic", r,
				"stack", string(debug.Stack()))
			err = ErrJobBroken
		}
	}()
	return h.previewOf(ctx, record)
}

// previewOf puts the preview into the record, for the caller to save.
func (h *House) previewOf(ctx context.Context, record *core.Record) error {
	var p importPreview
	if err := record.UnmarshalJSONField("preview", &p); err != nil {
		return err
	}
	book, _, closeBook, err := h.openBook(ctx, record)
	if err != nil {
		return err
	}
	defer closeBook()
	if err := p.chooseSheet(ctx, book); err != nil {
		return err
	}
	info, err := book.Inspect(ctx, p.Sheet)
	if err != nil {
		return err
	}
	if err := p.head(ctx, book, record.GetString("collection")); err != nil {
		return err
	}
	p.HiddenRows, p.Rows = len(info.HiddenRows), info.Rows-p.TitleRows-1
	record.Set("mapping", p.Mapping)
	record.Set("options", p.Options)
	run, err := h.newRun(record)
	if err != nil {
		return err
	}
	run.plan.date1904, run.plan.csv = book.Date1904(), book.Format() == "csv"
	if err := p.sampleRows(ctx, book, run.plan); err != nil {
		return err
	}
	record.Set("preview", p)
	record.Set("total", p.Rows)
	record.Set("state", "ready")
	record.Set("error", "")
	return nil
}

// chooseSheet takes the sheet asked for, else the first visible one that holds rows and is not one
// of our own guides. Hidden sheets are never imported unseen.
func (p *importPreview) chooseSheet(ctx context.Context, book *sheet.Book) error {
	asked := p.Sheet
	p.Sheets = nil
	for _, s := range book.Sheets() {
		p.Sheets = append(p.Sheets, previewSheet{s.Name, s.Hidden})
	}
	if asked != "" {
		if slices.ContainsFunc(p.Sheets, func(s previewSheet) bool { return s.Name == asked }) {
			return nil
		}
		return ErrNoSheet.With("name", asked)
	}
	var refused error
	for _, s := range book.Sheets() {
		if s.Hidden || book.Format() != "csv" && sheet.IsOwnSheet(s.Name) {
			continue // a .csv is named as its file is
		}
		info, err := book.Inspect(ctx, s.Name)
		if err != nil {
			refused = err
			continue
		}
		if info.Filled > 0 {
			p.Sheet = s.Name
			return refused // a damaged sheet before it must not pass unseen
		}
	}
	if refused != nil {
		return refused
	}
	return ErrNoRows
}

// head finds the header row and maps it.
func (p *importPreview) head(ctx context.Context, book *sheet.Book, collection string) error {
	lines, err := firstLines(ctx, book, p.Sheet)
	if err != nil {
		return err
	}
	m, err := mapping.Find(collection, lines)
	if err != nil {
		return err
	}
	if err := m.Override(collection, p.Chosen); err != nil {
		return err
	}
	p.Mapping, p.Unmapped, p.Targets = m, m.Unmapped(), mapping.Targets(collection)
	p.Headers, p.TitleRows = nil, 0
	for _, c := range m.Columns {
		p.Headers = append(p.Headers, c.Header)
	}
	for _, line := range lines {
		if line.Number < m.Row {
			p.TitleRows++
		}
	}
	return nil
}

func firstLines(ctx context.Context, book *sheet.Book, name string) ([]mapping.Line, error) {
	rows, err := book.Rows(ctx, name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []mapping.Line
	for len(lines) < mapping.HeaderSearch && rows.Next() {
		line := mapping.Line{Number: rows.Row().Number}
		for _, cell := range rows.Row().Cells {
			line.Cells = append(line.Cells, cut(cell.String(), maxHeader))
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

// sampleRows checks the first rows as the import will, and shows the first of them and the first
// with faults.
func (p *importPreview) sampleRows(ctx context.Context, book *sheet.Book, plan *rowPlan) error {
	p.Sample, p.Checked, p.Faulty, p.Missing = []previewRow{}, 0, 0, map[string]int{}
	rows, err := book.Rows(ctx, p.Sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	shown, faulty, room := 0, 0, maxSample
	counted := map[previewFault]int{}
	for p.Checked < previewRows && rows.Next() {
		if rows.Row().Number <= plan.mapping.Row {
			continue
		}
		r := plan.read(rows.Row())
		p.Checked++
		if r.blank {
			continue
		}
		for _, key := range r.missing {
			p.Missing[key]++
		}
		for _, one := range r.faults {
			if !one.Warning {
				counted[previewFault{Field: one.Field, Message: one.Message}]++
			}
		}
		if r.blocked {
			p.Faulty++
		}
		if shown < previewSample || r.blocked && faulty < previewSample {
			p.show(previewRow{r.number, plan.maskedCells(r), r.faults}, &room)
			shown++
			if r.blocked {
				faulty++
			}
		}
	}
	p.Faults = commonest(counted)
	return rows.Err()
}

// commonest are the faults that several rows have: one act, such as entering a member of staff, mends them all.
func commonest(counted map[previewFault]int) []previewFault {
	found := []previewFault{}
	for one, n := range counted {
		if n > 1 {
			one.N = n
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b previewFault) int {
		return cmp.Or(b.N-a.N, cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return found[:min(len(found), previewFaults)]
}

// maskedCells are a row's texts for the screen: numbers of class S are shown to nobody.
func (p *rowPlan) maskedCells(r *preparedRow) []string {
	cells := slices.Clone(r.cells)
	for _, c := range p.mapping.Columns {
		if c.Index < len(cells) && cells[c.Index] != "" && p.secret(c, cells[c.Index]) {
			cells[c.Index] = "******"
		}
	}
	return cells
}
