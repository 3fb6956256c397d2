package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A comment of a cell ("note" in today's Excel) is two things: the text in a comments part
// (ECMA-376 §18.7) and the box in a VML drawing (ECMA-376 part 4, §14 and §19); Excel shows none
// without both.

// cellNote is the comment of one cell.
type cellNote struct {
	column int // 0-based
	row    int // 1-based
	text   string
}

// noteRGB colours the mark of our comments, noteFill the box.
const (
	noteRGB  = "FFC00000"
	noteFill = "#fff2cc"
)

// The limits of the boxes: Excel's default column takes about 5 Chinese characters.
const (
	noteColumns  = 4
	noteLineSize = 18
	noteMaxLines = 12
)

// writeNotes writes a whole comments part with one author; each text follows the mark.
func writeNotes(w io.Writer, author, mark string, notes []cellNote) error {
	buf := []byte(xmlHead + `<comments xmlns="` + mainNS + `"><authors><author>`)
	buf = appendXML(buf, author)
	buf = append(buf, "</author></authors><commentList>"...)
	for _, n := range notes {
		buf = appendNote(buf, "", n, mark, 0)
		if len(buf) > flushSize {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(append(buf, "</commentList></comments>"...))
	return err
}

// appendNote appends one <comment>: the mark in bold red, when there is one, then the text.
func appendNote(dst []byte, prefix string, n cellNote, mark string, author int) []byte {
	dst = append(append(append(dst, '<'), prefix...), `comment ref="`...)
	dst = append(dst, cellRef(n.column, n.row)...)
	dst = append(dst, `" authorId="`...)
	dst = strconv.AppendInt(dst, int64(author), 10)
	dst = append(append(append(dst, `"><`...), prefix...), "text>"...)
	dst = appendNoteRuns(dst, prefix, mark, n.text)
	dst = append(append(append(dst, "</"...), prefix...), "text></"...)
	return append(append(dst, prefix...), "comment>"...)
}

func appendNoteRuns(dst []byte, prefix, mark, text string) []byte {
	tag := func(name string) { dst = append(append(append(dst, '<'), prefix...), name...) }
	if mark != "" {
		tag("r>")
		tag("rPr>")
		tag("b/>")
		tag(`sz val="10"/>`)
		tag(`color rgb="` + noteRGB + `"/>`)
		dst = append(append(append(dst, "</"...), prefix...), "rPr>"...)
		dst = appendTextElement(dst, prefix, mark)
		dst = append(append(append(dst, "</"...), prefix...), "r>"...)
	}
	tag("r>")
	tag("rPr>")
	tag(`sz val="10"/>`)
	dst = append(append(append(dst, "</"...), prefix...), "rPr>"...)
	dst = appendTextElement(dst, prefix, text)
	return append(append(append(dst, "</"...), prefix...), "r>"...)
}

const vmlHead = `<xml xmlns:v="urn:schemas-microsoft-com:vml"` +
	` xmlns:o="urn:schemas-microsoft-com:office:office"` +
	` xmlns:x="urn:schemas-microsoft-com:office:excel">` +
	`<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="%s"/></o:shapelayout>`

const vmlShapeType = `<v:shapetype id="` + vmlTypeID + `" coordsize="21600,21600" o:spt="202"` +
	` path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>` +
	`<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>`

// vmlTypeID is the name that Excel itself gives the shape type of its comment boxes.
const vmlTypeID = "_x0000_t202"

// vmlBlock is the number of shape ids in a block: shapes of block n are named _x0000_s{1024n+1}
// to _x0000_s{1024n+1023}, and the drawing lists its blocks in o:idmap.
const vmlBlock = 1024

// vmlBlocks lists the id blocks that n shapes need from block first on: "1,2,3".
func vmlBlocks(first, n int) string {
	list := []string{strconv.Itoa(first)}
	for b := 1; b*(vmlBlock-1) < n; b++ {
		list = append(list, strconv.Itoa(first+b))
	}
	return strings.Join(list, ",")
}

// vmlShapeNumber is the id of the i-th shape when the blocks begin at first.
func vmlShapeNumber(first, i int) int {
	return (first+i/(vmlBlock-1))*vmlBlock + 1 + i%(vmlBlock-1)
}

// writeNoteBoxes writes a whole VML drawing with a hidden box for each comment.
func writeNoteBoxes(w io.Writer, notes []cellNote) error {
	buf := fmt.Appendf(nil, vmlHead, vmlBlocks(1, len(notes)))
	buf = append(buf, vmlShapeType...)
	for i, n := range notes {
		buf = appendNoteBox(buf, vmlShapeNumber(1, i), n)
		if len(buf) > flushSize {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(append(buf, "</xml>"...))
	return err
}

func appendNoteBox(dst []byte, id int, n cellNote) []byte {
	left, top := n.column+1, max(n.row-2, 0)
	return fmt.Appendf(dst, `<v:shape id="_x0000_s%d" type="#`+vmlTypeID+`"`+
		` style="position:absolute;visibility:hidden" fillcolor="`+noteFill+`" o:insetmode="auto">`+
		`<v:fill color2="`+noteFill+`"/><v:shadow color="black" obscured="t"/>`+
		`<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">`+
		`<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note">`+
		`<x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%d, 12, %d, 6, %d, 12, %d, 6</x:Anchor>`+
		`<x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column>`+
		`</x:ClientData></v:shape>`,
		id, left, top, left+noteColumns, top+noteLines(n.text), n.row-1, n.column)
}

// noteLines guesses the height of a box in rows.
func noteLines(text string) int {
	lines := 2
	for line := range strings.Lines(text) {
		lines += 1 + utf8.RuneCountInString(line)/noteLineSize
	}
	return min(lines, noteMaxLines)
}
