package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// worksheetOrder is the order of the children of <worksheet> (ECMA-376 §18.3.1.99).
var worksheetOrder = []string{"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols",
	"sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter",
	"sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr",
	"conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins",
	"pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches",
	"ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF",
	"picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst"}

// sheetPatch rewrites a sheet as a stream: what nobody touches is copied byte by byte.
type sheetPatch struct {
	*annotation
	x      *markupReader
	out    *bufio.Writer
	prefix string
	rank   int // in worksheetOrder, of the last child seen
	done   map[string]bool
	widths []columnStyle
	marks  *markQueue
	row    int
	rowTag []byte
	buf    []byte
}

// columnStyle is the format that a column gives to cells that are not there.
type columnStyle struct{ left, right, style int }

func (a *annotation) patchSheet(w io.Writer, marks *markQueue) error {
	r, err := a.open(a.sheet, annotateMaxPart)
	if err != nil {
		return err
	}
	defer r.Close()
	p := &sheetPatch{annotation: a, x: newMarkupReader(r, true), marks: marks,
		out: bufio.NewWriterSize(w, flushSize), done: map[string]bool{}}
	for {
		m, err := p.x.next()
		if errors.Is(err, io.EOF) {
			return p.out.Flush()
		}
		if err != nil {
			return readFault(err)
		}
		if err := p.piece(m); err != nil {
			return err
		}
	}
}

// piece handles the root and its children; what lies deeper passes through.
func (p *sheetPatch) piece(m markup) error {
	depth := p.x.depth()
	switch {
	case m.kind == markupOpen && depth == 1:
		p.prefix = m.prefix()
	case m.begins() && (depth == 2 && m.kind == markupOpen || depth == 1 && m.kind == markupEmpty):
		return p.child(m)
	case m.kind == markupClose && depth == 0:
		p.insertBefore(len(worksheetOrder))
	}
	_, err := p.out.Write(m.raw)
	return err
}

// child handles one child of the worksheet.
func (p *sheetPatch) child(m markup) error {
	name := m.local()
	p.insertBefore(p.rankOf(name))
	p.done[name] = true
	switch name {
	case "dimension":
		return p.write(p.dimension(m.raw))
	case "cols":
		return p.columns(m)
	case "sheetData":
		return p.sheetData(m)
	case "autoFilter":
		if p.filter != nil {
			return p.write(setAttr(m.raw, "ref", p.filter.String()))
		}
	}
	return p.write(m.raw)
}

func (p *sheetPatch) write(raw []byte) error {
	_, err := p.out.Write(raw)
	return err
}

// rankOf gives the place of a child in the order. An element that the schema does not know stays
// where it is; Excel wraps controls and objects in mc:AlternateContent.
func (p *sheetPatch) rankOf(name string) int {
	if name == "AlternateContent" && p.done["sheetData"] {
		name = "oleObjects"
	}
	if rank := slices.Index(worksheetOrder, name); rank >= 0 {
		p.rank = max(p.rank, rank)
	}
	return p.rank
}

// insertBefore writes the children that the sheet lacks and that belong before the given rank.
func (p *sheetPatch) insertBefore(rank int) {
	p.insert(rank, "cols", p.fresh, p.reasonColumns)
	p.insert(rank, "autoFilter", p.filter != nil, func() string {
		return fmt.Sprintf(`<%sautoFilter ref="%s"/>`, p.prefix, p.filter)
	})
	p.insert(rank, "legacyDrawing", p.freshBoxes, func() string {
		return fmt.Sprintf(`<%slegacyDrawing xmlns:r="%s" r:id="%s"/>`,
			p.prefix, p.relationNS(), p.drawing)
	})
}

func (p *sheetPatch) insert(rank int, name string, wanted bool, xml func() string) {
	if wanted && !p.done[name] && slices.Index(worksheetOrder, name) < rank {
		p.done[name] = true
		p.out.WriteString(xml()) // bufio keeps the error for Flush
	}
}

// dimension widens the range that the sheet says it uses.
func (p *sheetPatch) dimension(tag []byte) []byte {
	area, err := parseRange(attrText(tag, "ref"))
	if err != nil || !p.fresh {
		return tag
	}
	area.right = max(area.right, p.column)
	area.top, area.bottom = min(area.top, p.headerRow), max(area.bottom, p.headerRow)
	return setAttr(tag, "ref", area.String())
}

func (p *sheetPatch) reasonColumns() string {
	return fmt.Sprintf("<%scols>%s</%scols>", p.prefix, p.reasonColumn(), p.prefix)
}

func (p *sheetPatch) reasonColumn() string {
	return fmt.Sprintf(`<%scol min="%d" max="%d" width="%d" customWidth="1"/>`,
		p.prefix, p.column+1, p.column+1, reasonWidth)
}

// columns copies <cols>, remembers the formats, and cuts our column out of whatever range covers
// it: people hide all columns to the right of their table.
func (p *sheetPatch) columns(m markup) error {
	if m.kind == markupEmpty {
		if p.fresh {
			p.out.WriteString(p.reasonColumns())
		}
		return nil
	}
	if err := p.write(m.raw); err != nil {
		return err
	}
	placed := !p.fresh
	for {
		m, err := p.x.next()
		if err != nil {
			return readFault(cutShort(err))
		}
		if m.kind == markupClose && p.x.depth() == 1 {
			if !placed {
				p.out.WriteString(p.reasonColumn())
			}
			return p.write(m.raw)
		}
		if m.begins() && m.local() == "col" {
			err = p.columnRange(m, &placed)
		} else if m.kind != markupClose {
			err = p.write(m.raw)
		}
		if err != nil {
			return err
		}
	}
}

// columnRange copies one <col>, in up to two pieces around our column.
func (p *sheetPatch) columnRange(m markup, placed *bool) error {
	left, right := intAttr(m.raw, "min"), intAttr(m.raw, "max")
	if left < 1 || right < left || right > MaxSheetColumns || len(p.widths) > MaxSheetColumns {
		return damaged(errors.New("a range of columns is malformed"))
	}
	p.widths = append(p.widths, columnStyle{left - 1, right - 1, intAttr(m.raw, "style")})
	tag := emptyTag(m.raw)
	ours := p.column + 1
	if !p.fresh || right < ours {
		return p.write(tag)
	}
	if left < ours {
		p.out.Write(setColumns(tag, left, ours-1))
	}
	if !*placed {
		p.out.WriteString(p.reasonColumn())
		*placed = true
	}
	if right > ours {
		p.out.Write(setColumns(tag, max(left, ours+1), right))
	}
	return nil
}

func setColumns(tag []byte, left, right int) []byte {
	return setAttr(setAttr(tag, "min", fmt.Sprint(left)), "max", fmt.Sprint(right))
}

// emptyTag makes <a> into <a/>.
func emptyTag(tag []byte) []byte {
	tag = openTag(tag)
	return append(tag[:len(tag)-1], '/', '>')
}

// columnFormat is the format of a cell that is not there.
func (p *sheetPatch) columnFormat(column int) int {
	for _, w := range p.widths {
		if w.left <= column && column <= w.right {
			return w.style
		}
	}
	return 0
}
