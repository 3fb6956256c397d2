package sheet

import (
	"errors"
	"path"
	"strings"
)

// ErrorHeader is the header of the column that Annotate adds. The importer leaves a column of this
// name out, and the next Annotate writes into it again.
const ErrorHeader = "错误"

// reasonWidth is the width of that column in characters.
const reasonWidth = 50

// annotation is one run of Annotate: where things stand in the workbook and what becomes of them.
type annotation struct {
	*parcel
	sheetName string
	headerRow int
	marked    bool // there is at least one mark

	workbook     string // names of parts
	sheet        string
	sheetIndex   int
	styles       string
	comments     string
	boxes        string
	freshBoxes   bool // the sheet has had no legacy drawing
	freshNotes   bool // the sheet has had no comments
	relationBook []partRelation
	relations    []partRelation // of the sheet

	survey  *survey
	book    *styleBook
	column  int  // of the reasons; -1 when the sheet has no room
	fresh   bool // the column is new
	first   int  // first and last column of the header
	last    int
	headFmt int               // the format of the last header cell
	filter  *cellRange        // the filter of the sheet from now on; nil: as it was
	drawing string            // r:id of the new legacy drawing
	changed map[string][]byte // small parts with their new content, by partKey
	added   []string          // parts that the workbook did not have, in order
	notes   noteList
}

// locate finds the parts that matter.
func (a *annotation) locate() error {
	_, root, err := a.readRelations("")
	if err != nil {
		return err
	}
	a.workbook = "xl/workbook.xml"
	if r, ok := ofKind(root, "officeDocument"); ok {
		a.workbook = r.target
	}
	if !a.has(a.workbook) || strings.HasSuffix(a.workbook, ".bin") {
		return ErrAnnotateNotWorkbook
	}
	if _, a.relationBook, err = a.readRelations(a.workbook); err != nil {
		return err
	}
	if err := a.findSheet(); err != nil {
		return err
	}
	if r, ok := ofKind(a.relationBook, "styles"); ok && a.has(r.target) {
		a.styles = r.target
	}
	_, a.relations, err = a.readRelations(a.sheet)
	return err
}

// findSheet follows the name of the sheet to its part.
func (a *annotation) findSheet() error {
	o, err := a.outline(a.workbook, 2)
	if err != nil {
		return err
	}
	for i, e := range o.root.kid("sheets").all("sheet") {
		if o.attr(e, "name") != a.sheetName {
			continue
		}
		r, ok := byID(a.relationBook, relationID(o.tag(e)))
		if !ok || !a.has(r.target) {
			return damaged(errors.New("the part of the sheet is missing"))
		}
		if r.kind != "worksheet" {
			return ErrAnnotateNoSheet.With("sheet", a.sheetName)
		}
		a.sheet, a.sheetIndex = r.target, i
		return nil
	}
	return ErrAnnotateNoSheet.With("sheet", a.sheetName)
}

// look reads the styles, the sheet and its header's texts.
func (a *annotation) look() error {
	raw, err := []byte(bareStyles), error(nil)
	if a.styles != "" {
		if raw, err = a.small(a.styles); err != nil {
			return err
		}
	}
	if a.book, err = readStyles(raw); err != nil {
		return err
	}
	r, err := a.open(a.sheet, annotateMaxPart)
	if err != nil {
		return err
	}
	defer r.Close()
	if a.survey, err = surveySheet(r, a.headerRow, a.book.oursList()); err != nil {
		return err
	}
	return a.lookHeader()
}

func (a *annotation) lookHeader() error {
	shared, ok := ofKind(a.relationBook, "sharedStrings")
	if !ok || !a.has(shared.target) {
		return nil
	}
	r, err := a.open(shared.target, annotateMaxPart)
	if err != nil {
		return err
	}
	defer r.Close()
	return a.survey.resolveHeader(r)
}

// plan decides where the reasons go and how far the filter reaches.
func (a *annotation) plan() error {
	tables, err := a.readTables()
	if err != nil {
		return err
	}
	a.findColumn()
	a.measureHeader()
	if a.marked && a.column < 0 {
		a.chooseColumn(tables)
	}
	if a.marked && a.column >= 0 {
		a.planFilter(tables)
	}
	return a.planNotes()
}

func (a *annotation) measureHeader() {
	for _, h := range a.survey.header {
		if h.column != a.column {
			a.last, a.headFmt = h.column, h.style
		}
	}
	if len(a.survey.header) > 0 {
		a.first = a.survey.header[0].column
	}
}

// findColumn finds the column of an earlier try by its header. What people have written is never
// overwritten: a column named 错误 with formulas is not ours.
func (a *annotation) findColumn() {
	a.column = -1
	for _, h := range a.survey.header {
		if strings.TrimSpace(h.text) == ErrorHeader && !a.survey.formulas.has(h.column) {
			a.column = h.column
		}
	}
}

// chooseColumn takes the first column behind the header in which nothing stands.
func (a *annotation) chooseColumn(tables []sheetTable) {
	for _, t := range tables {
		for c := t.area.left; c <= t.area.right && t.area.bottom >= a.headerRow; c++ {
			a.survey.used.add(c)
		}
	}
	c := a.last
	if len(a.survey.header) > 0 {
		c++
	}
	for c < MaxSheetColumns && a.survey.used.has(c) {
		c++
	}
	if c < MaxSheetColumns {
		a.column, a.fresh = c, true
	}
}

// planFilter puts the reasons under the filter: that of a table by one more column of the table,
// that of the sheet by a wider range, and where there is none by a new one.
func (a *annotation) planFilter(tables []sheetTable) {
	area := cellRange{left: min(a.first, a.column), top: a.headerRow,
		right: max(a.column, a.last), bottom: max(a.survey.lastRow, a.headerRow+1)}
	if area.bottom > MaxSheetRows {
		return
	}
	if old := a.survey.filter; a.survey.filtered {
		if old.top != a.headerRow {
			return
		}
		area = cellRange{left: min(old.left, a.column), top: old.top,
			right: max(old.right, a.column), bottom: max(old.bottom, area.bottom)}
		if old.left > a.column {
			return // a wider range to the left would move the conditions to other columns
		}
	}
	for _, t := range tables {
		if t.area.overlaps(area) {
			a.widenTable(t, tables)
			return
		}
	}
	if !a.survey.filtered || area != a.survey.filter {
		a.filter = &area
	}
}

// planNotes finds the comments of the sheet and their boxes, or names new ones.
func (a *annotation) planNotes() error {
	if r, ok := ofKind(a.relations, "comments"); ok && a.has(r.target) {
		a.comments = r.target
	}
	if a.survey.drawing != "" {
		r, ok := byID(a.relations, a.survey.drawing)
		if !ok || !a.has(r.target) {
			return damaged(errors.New("the legacy drawing of the sheet is missing"))
		}
		a.boxes = r.target
	}
	if !a.marked {
		return nil
	}
	dir := path.Dir(a.workbook)
	if a.comments == "" {
		a.comments, a.freshNotes = a.unused(path.Join(dir, "comments"), ".xml"), true
	}
	if a.boxes == "" {
		a.boxes, a.freshBoxes = a.unused(path.Join(dir, "drawings/vmlDrawing"), ".vml"), true
	}
	return nil
}
