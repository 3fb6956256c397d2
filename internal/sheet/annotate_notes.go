package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// CommentAuthor signs the comments that Annotate writes.
const CommentAuthor = "客户登记"

// commentMark begins the first line of what we write into a comment. Programs that drop the author
// (LibreOffice) keep it, and in a comment that somebody else has written it tells our part.
const commentMark = CommentAuthor + "："

// threadAuthor begins the author of the placeholder that Excel keeps in the comments part for a
// threaded comment; such a cell takes no other comment.
const threadAuthor = "tc="

// noteKey identifies a cell.
func noteKey(column, row int) int { return row*MaxSheetColumns + column }

// notesPatch rewrites a comments part as a stream: ours of an earlier try go, the new ones come,
// other people's stay.
type notesPatch struct {
	x       *markupReader
	out     io.Writer
	prefix  string
	notes   []cellNote
	pending map[int]int  // from a cell to the index of its new comment
	gone    map[int]bool // cells whose comment was ours: their boxes go too
	threads map[int]bool // authors of threaded comments
	authors int
	ours    int // our index among the authors, or -1
	listed  bool
}

// patchNotes gives the comments that need a box, and the cells whose box goes.
func (a *annotation) patchNotes(w io.Writer) ([]cellNote, map[int]bool, error) {
	r, err := a.open(a.comments, annotateMaxNotePart)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	p := &notesPatch{x: newMarkupReader(r, true), out: w, notes: a.notes.list, ours: -1,
		pending: map[int]int{}, gone: map[int]bool{}, threads: map[int]bool{}}
	for i, n := range a.notes.list {
		p.pending[noteKey(n.column, n.row)] = i
	}
	for {
		m, err := p.x.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = p.piece(m)
		}
		if err != nil {
			return nil, nil, readFault(err)
		}
	}
	if !p.listed && len(p.pending) > 0 {
		return nil, nil, damaged(errors.New("the comments part has no list"))
	}
	return p.remaining(), p.gone, nil
}

// remaining lists the new comments that were not joined to others, in their order.
func (p *notesPatch) remaining() []cellNote {
	var list []cellNote
	for _, n := range p.notes {
		if _, alone := p.pending[noteKey(n.column, n.row)]; alone {
			list = append(list, n)
		}
	}
	return list
}

func (p *notesPatch) piece(m markup) error {
	name, depth := m.local(), p.x.depth()
	switch {
	case m.kind == markupOpen && depth == 1:
		p.prefix = m.prefix()
	case m.begins() && name == "author":
		return p.author(m)
	case m.begins() && name == "comment":
		return p.comment(m)
	case name == "authors" && depth == 1 && m.kind != markupOpen:
		return p.around(m, p.addAuthor())
	case name == "commentList" && depth == 1 && m.kind != markupOpen:
		p.listed = true
		var list []byte
		for _, n := range p.remaining() {
			list = appendNote(list, p.prefix, n, commentMark+"\n", p.ours)
		}
		return p.around(m, list)
	}
	_, err := p.out.Write(m.raw)
	return err
}

// around writes the end of an element with more before it; an empty element is opened.
func (p *notesPatch) around(m markup, more []byte) error {
	out := append(more, m.raw...)
	if m.kind == markupEmpty {
		out = append(openTag(m.raw), more...)
		out = append(append(append(out, "</"...), m.name...), '>')
	}
	_, err := p.out.Write(out)
	return err
}

func (p *notesPatch) addAuthor() []byte {
	if p.ours >= 0 {
		return nil
	}
	p.ours = p.authors
	return []byte(withPrefix(p.prefix, "<author>"+CommentAuthor+"</author>"))
}

func (p *notesPatch) author(m markup) error {
	raw, err := p.element(m)
	if err != nil {
		return err
	}
	o, err := readOutline(raw, 0)
	if err != nil {
		return err
	}
	switch name := strings.TrimSpace(o.inside(o.root)); {
	case name == CommentAuthor:
		p.ours = p.authors
	case strings.HasPrefix(name, threadAuthor):
		p.threads[p.authors] = true
	}
	p.authors++
	_, err = p.out.Write(raw)
	return err
}

// element gathers an element whose opening tag has been read.
func (p *notesPatch) element(m markup) ([]byte, error) {
	raw := bytes.Clone(m.raw)
	for depth := p.x.depth(); m.kind == markupOpen && p.x.depth() >= depth; {
		next, err := p.x.next()
		if err != nil {
			return nil, cutShort(err)
		}
		if raw = append(raw, next.raw...); len(raw) > markupMaxPiece {
			return nil, errMarkupPiece
		}
	}
	return raw, nil
}

// comment keeps, cuts, joins or drops one comment.
func (p *notesPatch) comment(m markup) error {
	raw, err := p.element(m)
	if err != nil {
		return err
	}
	tag := raw[:tagEnd(raw)]
	column, row, err := parseCell(attrText(tag, "ref"))
	if err != nil {
		return err
	}
	key, author := noteKey(column, row), intAttr(tag, "authorId")
	if p.threads[author] {
		delete(p.pending, key)
		_, err = p.out.Write(raw)
		return err
	}
	rest, err := withoutOurs(raw)
	if err != nil {
		return err
	}
	if rest == nil || author == p.ours {
		p.gone[key] = true
		return nil
	}
	if i, wanted := p.pending[key]; wanted {
		delete(p.pending, key)
		if rest, err = withOurs(rest, p.prefix, p.notes[i].text); err != nil {
			return err
		}
	}
	_, err = p.out.Write(rest)
	return err
}

// noteRun is a piece of a comment's text: the <t>, and the <r> round it if there is one.
type noteRun struct{ t, whole *element }

func noteRuns(o *outline) (text *element, runs []noteRun) {
	text = o.root.kid("text")
	if text == nil {
		return nil, nil
	}
	for _, k := range text.kids {
		switch k.local {
		case "t":
			runs = append(runs, noteRun{k, k})
		case "r":
			for _, t := range k.all("t") {
				runs = append(runs, noteRun{t, k})
			}
		}
	}
	return text, runs
}

// withoutOurs cuts what we have written out of a comment: everything from the line that begins
// with our mark. Nil means that nothing else is in it.
func withoutOurs(raw []byte) ([]byte, error) {
	if !bytes.Contains(raw, []byte(CommentAuthor)) {
		return raw, nil
	}
	o, err := readOutline(raw, 3)
	if err != nil {
		return nil, err
	}
	_, runs := noteRuns(o)
	var all strings.Builder
	for _, r := range runs {
		all.WriteString(o.inside(r.t))
	}
	text := all.String()
	cut := markLine(text)
	if cut < 0 {
		return raw, nil
	}
	kept := strings.TrimRight(text[:cut], "\r\n")
	if strings.TrimSpace(kept) == "" {
		return nil, nil
	}
	at := 0
	for _, r := range runs {
		inside := o.inside(r.t)
		switch begin := at; {
		case begin >= len(kept):
			o.replace(r.whole.start, r.whole.end, nil)
		case begin+len(inside) > len(kept):
			o.replace(r.t.inner, r.t.close, appendXML(nil, inside[:len(kept)-begin]))
		}
		at += len(inside)
	}
	return o.bytes(), nil
}

// markLine finds the line that begins with our mark, or -1.
func markLine(text string) int {
	at := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, commentMark) {
			return at
		}
		at += len(line)
	}
	return -1
}

// withOurs joins our reasons to the end of somebody's comment.
func withOurs(raw []byte, prefix, reasons string) ([]byte, error) {
	o, err := readOutline(raw, 3)
	if err != nil {
		return nil, err
	}
	ours := appendNoteRuns(nil, prefix, "\n"+commentMark+"\n", reasons)
	text, runs := noteRuns(o)
	switch {
	case text == nil:
		return nil, errMarkupSyntax
	case len(runs) == 0:
		o.grow(text, o.tag(text), ours)
		return o.bytes(), nil
	}
	last := runs[len(runs)-1]
	if last.t == last.whole { // a plain text takes no runs beside it: it becomes one
		o.replace(last.t.start, last.t.start, []byte("<"+prefix+"r>"))
		ours = append([]byte("</"+prefix+"r>"), ours...)
	}
	o.replace(last.whole.end, last.whole.end, ours)
	return o.bytes(), nil
}
