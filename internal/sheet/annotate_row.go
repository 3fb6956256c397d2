package sheet

import (
	"strconv"
)

// sheetData rewrites the rows and adds those that the marks need and the sheet lacks.
func (p *sheetPatch) sheetData(m markup) error {
	if m.kind == markupEmpty {
		if p.nextRow() > MaxSheetRows {
			return p.write(m.raw)
		}
		p.out.Write(openTag(m.raw))
		if err := p.missingRows(MaxSheetRows + 1); err != nil {
			return err
		}
		_, err := p.out.WriteString("</" + p.prefix + "sheetData>")
		return err
	}
	if err := p.write(m.raw); err != nil {
		return err
	}
	for {
		m, err := p.x.next()
		if err != nil {
			return readFault(cutShort(err))
		}
		if m.kind == markupClose && p.x.depth() == 1 {
			if err := p.missingRows(MaxSheetRows + 1); err != nil {
				return err
			}
			return p.write(m.raw)
		}
		if m.begins() && string(m.localName()) == "row" {
			err = p.oneRow(m)
		} else {
			err = p.write(m.raw)
		}
		if err != nil {
			return err
		}
	}
}

// nextRow is the next row that must be there: one with marks, or the header of a new column.
func (p *sheetPatch) nextRow() int {
	next := MaxSheetRows + 1
	if p.marks.head != nil {
		next = p.marks.head.row
	}
	if p.fresh && p.row < p.headerRow {
		next = min(next, p.headerRow)
	}
	return next
}

// missingRows writes the rows before upTo that the sheet does not have.
func (p *sheetPatch) missingRows(upTo int) error {
	for row := p.nextRow(); row < upTo; row = p.nextRow() {
		edit, err := p.marks.take(row)
		if err != nil {
			return err
		}
		p.row = row
		number := strconv.Itoa(row)
		p.out.WriteString("<" + p.prefix + `row r="` + number + `">`)
		p.rowTag = p.rowTag[:0]
		items := p.items(edit)
		p.writeMissing(&items, MaxSheetColumns)
		if _, err := p.out.WriteString("</" + p.prefix + "row>"); err != nil {
			return err
		}
	}
	return nil
}

// oneRow copies or rewrites one row.
func (p *sheetPatch) oneRow(m markup) error {
	row, err := rowNumber(m.raw, p.row)
	if err != nil {
		return damaged(err)
	}
	if err := p.missingRows(row); err != nil {
		return err
	}
	p.row = row
	p.rowTag = append(p.rowTag[:0], m.raw...)
	edit, err := p.marks.take(row)
	if err != nil {
		return err
	}
	items := p.items(edit)
	if m.kind == markupEmpty {
		return p.fillRow(items)
	}
	old := p.survey.dirty.has(row) || p.column >= 0 && !p.fresh
	if len(items) == 0 && !old {
		return p.copyRow()
	}
	return p.editRow(items)
}

// fillRow writes a row that had no cells.
func (p *sheetPatch) fillRow(items []rowItem) error {
	if len(items) == 0 {
		return p.write(p.rowTag)
	}
	p.out.Write(openTag(dropAttr(p.rowTag, "spans")))
	p.writeMissing(&items, MaxSheetColumns)
	_, err := p.out.WriteString("</" + p.prefix + "row>")
	return err
}

// copyRow copies a row as it is.
func (p *sheetPatch) copyRow() error {
	if err := p.write(p.rowTag); err != nil {
		return err
	}
	if p.survey.plain {
		return p.x.copyTo(p.out, p.survey.rowEnd)
	}
	for {
		m, err := p.x.next()
		if err != nil {
			return readFault(cutShort(err))
		}
		if err := p.write(m.raw); err != nil {
			return err
		}
		if m.kind == markupClose && p.x.depth() == 2 {
			return nil
		}
	}
}

// rowItem is one cell of the row being written that must be there.
type rowItem struct {
	column int
	text   string // of a cell in the column of reasons
	head   bool   // it is the header of that column
	red    bool
}

// items lists the cells that an edit wants, by column, and keeps their comments.
func (p *sheetPatch) items(edit *rowEdit) []rowItem {
	reason := rowItem{column: p.column}
	if p.row == p.headerRow && p.fresh {
		reason.text, reason.head = ErrorHeader, true
	}
	var items []rowItem
	if edit != nil {
		for _, c := range edit.cells {
			if c.column != p.column || p.row <= p.headerRow {
				items = append(items, rowItem{column: c.column, red: true})
			}
			p.notes.add(c.column, p.row, c.reasons)
		}
		if p.row > p.headerRow {
			reason.text = edit.reasons
		}
	}
	if reason.text == "" || p.column < 0 {
		return items
	}
	at := 0
	for at < len(items) && items[at].column < p.column {
		at++
	}
	if at < len(items) && items[at].column == p.column {
		items[at] = reason
		return items
	}
	items = append(items, rowItem{})
	copy(items[at+1:], items[at:])
	items[at] = reason
	return items
}

// writeMissing writes the wanted cells before the column, none of which the sheet has.
func (p *sheetPatch) writeMissing(items *[]rowItem, before int) {
	for len(*items) > 0 && (*items)[0].column < before {
		p.writeItem((*items)[0])
		*items = (*items)[1:]
	}
}

func (p *sheetPatch) writeItem(item rowItem) {
	column, row := columnLetters(item.column), strconv.AppendInt(nil, int64(p.row), 10)
	p.buf = p.buf[:0]
	switch {
	case item.head:
		p.buf = appendTextCell(p.buf, p.prefix, column, row, p.book.red(p.headFmt), item.text)
	case item.text != "":
		p.buf = appendTextCell(p.buf, p.prefix, column, row, p.book.reasons(), item.text)
	default:
		style := cellStyle(p.rowTag)
		if len(p.rowTag) == 0 || attrText(p.rowTag, "customFormat") != "1" {
			style = p.columnFormat(item.column)
		}
		p.buf = appendCellTag(p.buf, p.prefix, column, row, p.book.red(style))
		p.buf = append(p.buf, "/>"...)
	}
	p.out.Write(p.buf)
}

// editRow rewrites a row cell by cell.
func (p *sheetPatch) editRow(items []rowItem) error {
	tag := p.rowTag
	if len(items) > 0 {
		tag = dropAttr(tag, "spans") // a hint that would no longer hold
	}
	p.out.Write(tag)
	column := -1
	for {
		m, err := p.x.next()
		if err != nil {
			return readFault(cutShort(err))
		}
		switch {
		case m.kind == markupClose && p.x.depth() == 2:
			p.writeMissing(&items, MaxSheetColumns)
			return p.write(m.raw)
		case m.begins() && string(m.localName()) == "c":
			if column, err = cellColumn(m.raw, p.row, column); err != nil {
				return damaged(err)
			}
			p.writeMissing(&items, column)
			err = p.oneCell(m, column, &items)
		case m.begins(): // an extension: it stands behind the cells
			p.writeMissing(&items, MaxSheetColumns)
			err = p.copyElement(m)
		default:
			err = p.write(m.raw)
		}
		if err != nil {
			return err
		}
	}
}

// oneCell copies a cell with the format that it now has, or puts ours in its place.
func (p *sheetPatch) oneCell(m markup, column int, items *[]rowItem) error {
	wanted := rowItem{column: -1}
	if len(*items) > 0 && (*items)[0].column == column {
		wanted, *items = (*items)[0], (*items)[1:]
	}
	if wanted.text != "" {
		p.writeItem(wanted) // before skipping: skipping moves the buffer, not the item
		return p.skipElement(m)
	}
	if column == p.column && p.row > p.headerRow {
		return p.skipElement(m)
	}
	style := cellStyle(m.raw)
	now := style
	switch {
	case wanted.red:
		now = p.book.red(style)
	case p.book.ours[style] && column != p.column:
		now = p.book.plain(style)
	}
	if now == style {
		return p.copyElement(m)
	}
	m.raw = setAttr(m.raw, "s", strconv.Itoa(now))
	return p.copyElement(m)
}

// copyElement writes an element whose opening tag has been read.
func (p *sheetPatch) copyElement(m markup) error {
	depth := p.x.depth()
	if err := p.write(m.raw); err != nil || m.kind == markupEmpty {
		return err
	}
	if cell := p.x.wholeCell(m); cell != nil {
		return p.write(cell)
	}
	for p.x.depth() >= depth {
		m, err := p.x.next()
		if err != nil {
			return readFault(cutShort(err))
		}
		if err := p.write(m.raw); err != nil {
			return err
		}
	}
	return nil
}

// skipElement leaves out an element whose opening tag has been read.
func (p *sheetPatch) skipElement(m markup) error {
	depth := p.x.depth()
	for m.kind == markupOpen && p.x.depth() >= depth {
		if _, err := p.x.next(); err != nil {
			return readFault(cutShort(err))
		}
	}
	return nil
}
