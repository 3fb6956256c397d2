package sheet

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// freeBlock is where our shape ids begin in a drawing that does not list its blocks.
const freeBlock = 64

// boxesPatch rewrites the VML drawing of a sheet: the boxes of comments that went, go; those of the
// new comments come; form controls and other people's boxes stay. VML is read leniently, because
// Excel's own is not always well-formed (<br> in the text of a control).
type boxesPatch struct {
	x     *markupReader
	out   io.Writer
	notes []cellNote
	gone  map[int]bool
	block int
	typed bool // the shape type is there
	usual bool // the prefixes v, o and x are declared as always
	ended bool
}

func (a *annotation) patchBoxes(w io.Writer, notes []cellNote, gone map[int]bool) error {
	r, err := a.open(a.boxes, annotateMaxNotePart)
	if err != nil {
		return err
	}
	defer r.Close()
	p := &boxesPatch{x: newMarkupReader(r, false), out: w, notes: notes, gone: gone,
		block: freeBlock}
	for {
		m, err := p.x.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = p.piece(m)
		}
		if err != nil {
			return readFault(err)
		}
	}
	if !p.ended && len(notes) > 0 {
		return damaged(errors.New("the legacy drawing has no end"))
	}
	return nil
}

func (p *boxesPatch) piece(m markup) error {
	raw := m.raw
	switch name := m.local(); {
	case m.begins() && name == "xml":
		p.usual = attrText(raw, "xmlns:v") == "urn:schemas-microsoft-com:vml" &&
			attrText(raw, "xmlns:o") == "urn:schemas-microsoft-com:office:office" &&
			attrText(raw, "xmlns:x") == "urn:schemas-microsoft-com:office:excel"
	case m.begins() && name == "idmap":
		raw = p.blocks(raw)
	case m.begins() && name == "shapetype" && attrText(raw, "id") == vmlTypeID:
		p.typed = true
	case m.kind == markupOpen && name == "shape":
		return p.shape(m)
	case m.kind == markupClose && name == "xml" && !p.ended:
		p.ended = true
		raw = append(p.boxes(), raw...)
	}
	_, err := p.out.Write(raw)
	return err
}

// blocks adds the id blocks that the new boxes need to those of the drawing.
func (p *boxesPatch) blocks(tag []byte) []byte {
	if len(p.notes) == 0 {
		return tag
	}
	last := 0
	list := attrText(tag, "data")
	for _, block := range strings.Split(list, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(block)); err == nil && n < 1<<20 {
			last = max(last, n)
		}
	}
	p.block = last + 1
	return setAttr(tag, "data", strings.Trim(list+","+vmlBlocks(p.block, len(p.notes)), ","))
}

func (p *boxesPatch) boxes() []byte {
	var all []byte
	if len(p.notes) > 0 && !p.typed {
		all = append(all, p.declared(vmlShapeType)...)
	}
	for i, n := range p.notes {
		all = append(all, p.declared(string(appendNoteBox(nil, vmlShapeNumber(p.block, i), n)))...)
	}
	return all
}

// declared declares the namespaces on our own elements where the drawing uses other prefixes.
func (p *boxesPatch) declared(xml string) string {
	if p.usual {
		return xml
	}
	end := strings.IndexAny(xml, " >")
	return xml[:end] + ` xmlns:v="urn:schemas-microsoft-com:vml"` +
		` xmlns:o="urn:schemas-microsoft-com:office:office"` +
		` xmlns:x="urn:schemas-microsoft-com:office:excel"` + xml[end:]
}

// shape gathers a shape and leaves it out when it is the box of a comment that went.
func (p *boxesPatch) shape(m markup) error {
	raw := bytes.Clone(m.raw)
	note, row, column := false, -1, -1
	for {
		m, err := p.x.next()
		if err != nil {
			return cutShort(err)
		}
		if raw = append(raw, m.raw...); len(raw) > markupMaxPiece {
			return errMarkupPiece
		}
		if m.kind == markupClose && m.local() == "shape" {
			break
		}
		if m.kind != markupOpen {
			continue
		}
		switch m.local() {
		case "ClientData":
			note = attrText(m.raw, "ObjectType") == "Note"
		case "Row":
			raw, row, err = p.number(raw)
		case "Column":
			raw, column, err = p.number(raw)
		}
		if err != nil {
			return err
		}
	}
	if note && row >= 0 && column >= 0 && p.gone[noteKey(column, row+1)] {
		return nil
	}
	_, err := p.out.Write(raw)
	return err
}

// number reads the text that follows; -1 when it is no number.
func (p *boxesPatch) number(raw []byte) ([]byte, int, error) {
	m, err := p.x.next()
	if err != nil {
		return raw, -1, cutShort(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(m.raw)))
	if err != nil || m.kind != markupText || n > MaxSheetRows {
		n = -1
	}
	return append(raw, m.raw...), n, nil
}
