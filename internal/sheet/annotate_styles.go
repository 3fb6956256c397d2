package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// styleBook is the styles part of a workbook being annotated. A wrong cell gets a copy of its own
// format with a red fill, so that its number format, font and borders stay; the colour that it had
// is kept in the fill's background colour, which a solid fill does not show, and comes back when
// the mark is removed. Of a fill that was a pattern or a gradient only the mark's removal remains.
type styleBook struct {
	o       *outline
	prefix  string
	fills   [][]byte
	formats [][]byte // the <xf> of cellXfs
	oldFill int      // how many of each the file had
	oldForm int
	byFill  map[string]int
	byForm  map[string]int
	wrong   map[int]int  // from a format to its red copy
	ours    map[int]bool // formats whose fill is our red
	anyRed  int
	reason  int // the format of the reasons, 0 until it is asked for
}

// styleMaxFormats is Excel's limit for cell formats in a workbook, with a little room.
const styleMaxFormats = 65_000

// styleOrder is the order of the children of <styleSheet> (ECMA-376 §18.8.39).
var styleOrder = []string{"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs",
	"cellStyles", "dxfs", "tableStyles", "colors", "extLst"}

const defaultFormat = `<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>`

// bareStyles stands in for the styles part that a workbook may lack.
const bareStyles = xmlHead + `<styleSheet xmlns="` + mainNS + `"><fonts count="1"><font>` +
	`<sz val="11"/><name val="等线"/></font></fonts><fills count="2"><fill>` +
	`<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
	`</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border>` +
	`</borders><cellStyleXfs count="1">` + defaultFormat + `</cellStyleXfs><cellXfs count="1">` +
	defaultFormat + `</cellXfs></styleSheet>`

func readStyles(raw []byte) (*styleBook, error) {
	o, err := readOutline(raw, 2)
	if err != nil {
		return nil, readFault(err)
	}
	if o.root.local != "styleSheet" {
		return nil, damaged(fmt.Errorf("the styles part holds <%s>", o.root.local))
	}
	if len(o.root.kids) == 0 {
		return readStyles([]byte(bareStyles))
	}
	b := &styleBook{o: o, prefix: o.root.prefix, wrong: map[int]int{}, ours: map[int]bool{},
		byFill: map[string]int{}, byForm: map[string]int{}}
	for i, e := range o.root.kid("fills").all("fill") {
		b.fills = append(b.fills, o.whole(e))
		keepFirst(b.byFill, fillKey(o.whole(e)), i)
	}
	for i, e := range o.root.kid("cellXfs").all("xf") {
		b.formats = append(b.formats, o.whole(e))
		keepFirst(b.byForm, formatKey(o.whole(e)), i)
	}
	b.oldFill, b.oldForm = len(b.fills), len(b.formats)
	if b.oldForm == 0 {
		b.addFormat([]byte(b.prefixed(defaultFormat)))
	}
	b.findOurs()
	return b, nil
}

func keepFirst(m map[string]int, key string, i int) {
	if _, known := m[key]; !known {
		m[key] = i
	}
}

// findOurs lists the formats that an earlier try left.
func (b *styleBook) findOurs() {
	red := make([]bool, len(b.fills))
	for i, fill := range b.fills {
		fg, _ := solidColours(fill)
		red[i] = isOurRed(fg)
	}
	for i, f := range b.formats {
		if fill := formatFill(f); fill < len(red) && red[fill] {
			b.ours[i] = true
		}
	}
}

func formatFill(format []byte) int {
	n, err := strconv.Atoi(attrText(format, "fillId"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// oursList lists them by index; it is empty when there are none.
func (b *styleBook) oursList() []bool {
	var list []bool
	for i := range b.ours {
		if i >= len(list) {
			list = append(list, make([]bool, i+1-len(list))...)
		}
		list[i] = true
	}
	return list
}

// format gives the <xf> at an index; a reference past the end means the first format.
func (b *styleBook) format(i int) []byte {
	if i < 0 || i >= len(b.formats) {
		i = 0
	}
	return b.formats[i]
}

// red gives the format that marks a cell of format i. When Excel's limit for formats is reached
// the cell loses its own: the latest red one does for all.
func (b *styleBook) red(i int) int {
	if b.ours[i] {
		return i
	}
	if r, known := b.wrong[i]; known {
		return r
	}
	if len(b.formats) >= styleMaxFormats && b.anyRed > 0 {
		return b.anyRed
	}
	format, before := b.format(i), `indexed="64"`
	if fill := formatFill(format); fill < len(b.fills) {
		if fg, _ := solidColours(b.fills[fill]); fg != "" {
			before = fg
		}
	}
	fill := b.addFill(`fgColor rgb="`+wrongRGB+`"`, "bgColor "+before)
	r := b.addFormat(withFill(format, fill))
	b.wrong[i], b.ours[r], b.anyRed = r, true, r
	return r
}

// plain gives the format that a marked cell had before.
func (b *styleBook) plain(i int) int {
	format := b.format(i)
	fill := 0
	if f := formatFill(format); f < len(b.fills) {
		if _, before := solidColours(b.fills[f]); before != "" && !isPlainGround(before) {
			fill = b.addFill("fgColor "+before, `bgColor indexed="64"`)
		}
	}
	return b.addFormat(withFill(format, fill))
}

// withFill copies a format with another fill.
func withFill(format []byte, fill int) []byte {
	out := setAttr(format[:tagEnd(format)], "fillId", strconv.Itoa(fill))
	if fill == 0 {
		out = dropAttr(out, "applyFill")
	} else {
		out = setAttr(out, "applyFill", "1")
	}
	return append(slices.Clone(out), format[tagEnd(format):]...)
}

// reasons gives the format of the cells of the column of reasons: text in the default font.
func (b *styleBook) reasons() int {
	if b.reason == 0 {
		format := setAttr(b.format(0)[:tagEnd(b.format(0))], "numFmtId", "49")
		format = setAttr(format, "applyNumberFormat", "1")
		b.reason = b.addFormat(append(format, b.format(0)[tagEnd(b.format(0)):]...))
	}
	return b.reason
}

func (b *styleBook) addFill(fg, bg string) int {
	fill := b.prefixed(`<fill><patternFill patternType="solid"><` + fg + `/><` + bg +
		`/></patternFill></fill>`)
	if i, known := b.byFill[fillKey([]byte(fill))]; known {
		return i
	}
	b.fills = append(b.fills, []byte(fill))
	b.byFill[fillKey([]byte(fill))] = len(b.fills) - 1
	return len(b.fills) - 1
}

// addFormat finds the format or adds it.
func (b *styleBook) addFormat(format []byte) int {
	key := formatKey(format)
	if i, known := b.byForm[key]; known {
		return i
	}
	b.formats = append(b.formats, format)
	b.byForm[key] = len(b.formats) - 1
	return len(b.formats) - 1
}

// prefixed gives every tag of our own XML the prefix of the part.
func (b *styleBook) prefixed(xml string) string { return withPrefix(b.prefix, xml) }

func withPrefix(prefix, xml string) string {
	if prefix == "" {
		return xml
	}
	return strings.NewReplacer("</", "</"+prefix, "<", "<"+prefix).Replace(xml)
}

// formatKey writes the attributes of a format in order, so that equal formats are found equal
// however a program writes them. Whether the fill "applies" is left out: programs differ.
func formatKey(format []byte) string {
	tag := format[:tagEnd(format)]
	var attrs []string
	for at := nameEnd(tag); ; {
		span, ok, err := nextAttr(tag, at)
		if !ok || err != nil {
			break
		}
		if name := string(span.name); name != "applyFill" {
			attrs = append(attrs, name+"="+string(span.value))
		}
		at = span.to
	}
	slices.Sort(attrs)
	rest := bytes.TrimSpace(format[len(tag):])
	if bytes.HasPrefix(rest, []byte("</")) {
		rest = nil
	}
	return strings.Join(attrs, " ") + ">" + string(rest)
}

// fillKey is what two writings of a solid fill have in common; other fills are themselves.
func fillKey(fill []byte) string {
	if fg, bg := solidColours(fill); fg != "" {
		if isPlainGround(bg) {
			bg = ""
		}
		return fg + "|" + bg
	}
	return string(fill)
}

// solidColours gives the attributes of the two colours of a solid fill, empty for other fills.
func solidColours(fill []byte) (fg, bg string) {
	x := newMarkupReader(bytes.NewReader(fill), false)
	for {
		m, err := x.next()
		if err != nil {
			return fg, bg
		}
		if !m.begins() {
			continue
		}
		switch m.local() {
		case "patternFill":
			if attrText(m.raw, "patternType") != "solid" {
				return "", ""
			}
		case "gradientFill":
			return "", ""
		case "fgColor":
			fg = colourAttrs(m.raw)
		case "bgColor":
			bg = colourAttrs(m.raw)
		}
	}
}

func colourAttrs(tag []byte) string {
	var attrs []string
	for at := nameEnd(tag); ; {
		span, ok, err := nextAttr(tag, at)
		if !ok || err != nil {
			slices.Sort(attrs)
			return strings.Join(attrs, " ")
		}
		value := strings.ReplaceAll(string(span.value), `"`, "&#34;")
		attrs = append(attrs, string(span.name)+`="`+value+`"`)
		at = span.to
	}
}

// isOurRed recognises our red however a program writes it (LibreOffice keeps no alpha).
func isOurRed(attrs string) bool {
	rgb, ok := colourRGB(attrs)
	return ok && strings.EqualFold(rgb, wrongRGB[2:])
}

// isPlainGround recognises a background colour that is no remembered one: none, automatic, or the
// neighbour of our red in the old palette, which LibreOffice writes by itself.
func isPlainGround(attrs string) bool {
	if strings.Contains(attrs, `indexed="64"`) || strings.Contains(attrs, `indexed="65"`) ||
		strings.Contains(attrs, "auto=") {
		return true
	}
	rgb, ok := colourRGB(attrs)
	return ok && nearWrong(rgb)
}

// nearWrong tells whether a colour lies within a palette's step of our red.
func nearWrong(rgb string) bool {
	const step = 0x33
	a, errA := strconv.ParseUint(rgb, 16, 32)
	b, errB := strconv.ParseUint(wrongRGB[2:], 16, 32)
	if errA != nil || errB != nil {
		return false
	}
	for shift := 0; shift < 24; shift += 8 {
		d := int(a>>shift&0xFF) - int(b>>shift&0xFF)
		if d > step || d < -step {
			return false
		}
	}
	return true
}

// colourRGB reads rgb="AARRGGBB" and gives RRGGBB.
func colourRGB(attrs string) (string, bool) {
	rgb := attrText([]byte("<c "+attrs+"/>"), "rgb")
	if len(rgb) == 8 {
		rgb = rgb[2:]
	}
	return rgb, len(rgb) == 6
}

func (b *styleBook) changed() bool {
	return len(b.fills) != b.oldFill || len(b.formats) != b.oldForm
}

// bytes gives the part with the new fills and formats.
func (b *styleBook) bytes() []byte {
	b.extend("fills", b.fills, b.oldFill)
	b.extend("cellXfs", b.formats, b.oldForm)
	return b.o.bytes()
}

func (b *styleBook) extend(list string, items [][]byte, old int) {
	if len(items) == old {
		return
	}
	more := bytes.Join(items[old:], nil)
	count := strconv.Itoa(len(items))
	if e := b.o.root.kid(list); e != nil {
		b.o.grow(e, setAttr(b.o.tag(e), "count", count), more)
		return
	}
	whole := b.prefixed(`<`+list+` count="`+count+`">`) + string(more) + b.prefixed("</"+list+">")
	b.o.insertOrdered(styleOrder, list, []byte(whole))
}

// insertOrdered puts a new child of the root where the schema's order wants it.
func (o *outline) insertOrdered(order []string, name string, xml []byte) {
	rank := slices.Index(order, name)
	for _, k := range o.root.kids {
		if slices.Index(order, k.local) > rank {
			o.replace(k.start, k.start, xml)
			return
		}
	}
	o.grow(o.root, o.tag(o.root), xml)
}
