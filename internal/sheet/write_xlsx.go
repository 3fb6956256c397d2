package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/klauspost/compress/flate"
)

// The limits of a sheet of Excel (ECMA-376 leaves them to the program; these are Excel's).
const (
	MaxSheetRows    = 1048576
	MaxSheetColumns = 16384
)

// maxSheetName is the longest name of a sheet in Excel, in UTF-16 code units.
const maxSheetName = 31

// flushSize is how much XML is gathered before it goes to the compressor.
const flushSize = 64 << 10

// deflateLevel trades size for time: on sheets level 3 of this compressor makes files about a
// tenth larger than the default level in half its time.
const deflateLevel = 3

// dosEpoch is 1980-01-01, the first day that a zip entry can carry; the package has no clock.
const dosEpoch = 1<<5 | 1

// bookWriter writes a workbook part by part, straight into the zip: nothing is kept but a buffer,
// and nothing touches the disk. excelize's StreamWriter is no help here, because past 16 MiB it
// continues in a plain temporary file.
type bookWriter struct {
	zip    *zip.Writer
	out    io.Writer // the part that is open
	buf    []byte
	sheets []writtenSheet
	rowNo  []byte // the number of the open row, in digits
	err    error
}

func newBookWriter(w io.Writer) *bookWriter {
	b := &bookWriter{zip: zip.NewWriter(w)}
	useDeflate(b.zip)
	b.whole("_rels/.rels", rootRels)
	b.whole("xl/styles.xml", writeStyles)
	return b
}

// useDeflate makes a zip writer use the faster of two compressors with the same format, and one
// of them after the other for all its parts: each takes a megabyte.
func useDeflate(z *zip.Writer) {
	var idle *flate.Writer
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		c := &compressor{Writer: idle, idle: &idle}
		if c.Writer != nil {
			idle = nil
			c.Reset(w)
			return c, nil
		}
		var err error
		c.Writer, err = flate.NewWriter(w, deflateLevel)
		return c, err
	})
}

// compressor goes back to be used again when its part ends.
type compressor struct {
	*flate.Writer
	idle **flate.Writer
}

func (c *compressor) Close() error {
	err := c.Writer.Close()
	*c.idle = c.Writer
	return err
}

func newEntry(name string) *zip.FileHeader {
	//lint:ignore SA1019 Modified would write a further field, and the same export would differ by zone
	return &zip.FileHeader{Name: name, Method: zip.Deflate, ModifiedDate: dosEpoch}
}

func (b *bookWriter) begin(name string) {
	if b.err == nil {
		b.out, b.err = b.zip.CreateHeader(newEntry(name))
	}
}

func (b *bookWriter) whole(name, content string) {
	b.begin(name)
	if b.err == nil {
		_, b.err = io.WriteString(b.out, content)
	}
}

// flush hands the buffer on when it holds at least atLeast bytes.
func (b *bookWriter) flush(atLeast int) {
	if len(b.buf) < atLeast {
		return
	}
	if b.err == nil {
		_, b.err = b.out.Write(b.buf)
	}
	b.buf = b.buf[:0]
}

// beginSheet opens the next sheet; the first frozen rows stay in view.
func (b *bookWriter) beginSheet(name string, widths []float64, frozen int) {
	b.sheets = append(b.sheets, writtenSheet{name: name})
	b.begin("xl/worksheets/sheet" + strconv.Itoa(len(b.sheets)) + ".xml")
	b.buf = append(b.buf[:0], xmlHead+`<worksheet xmlns="`+mainNS+`" xmlns:r="`+relsNS+`">`...)
	b.buf = append(b.buf, `<sheetViews><sheetView workbookViewId="0">`...)
	if frozen > 0 {
		b.buf = fmt.Appendf(b.buf, `<pane ySplit="%d" topLeftCell="A%d" activePane="bottomLeft"`+
			` state="frozen"/><selection pane="bottomLeft"/>`, frozen, frozen+1)
	}
	b.buf = append(b.buf, `</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>`...)
	if len(widths) > 0 {
		b.buf = append(b.buf, "<cols>"...)
		for i, width := range widths {
			b.buf = fmt.Appendf(b.buf, `<col min="%d" max="%d" width="%.2f" customWidth="1"/>`,
				i+1, i+1, width)
		}
		b.buf = append(b.buf, "</cols>"...)
	}
	b.buf = append(b.buf, "<sheetData>"...)
}

func (b *bookWriter) beginRow(row int, hidden bool) {
	b.rowNo = strconv.AppendInt(b.rowNo[:0], int64(row), 10)
	b.buf = append(b.buf, `<row r="`...)
	b.buf = append(append(b.buf, b.rowNo...), '"')
	if hidden {
		b.buf = append(b.buf, ` hidden="1"`...)
	}
	b.buf = append(b.buf, '>')
}

func (b *bookWriter) text(column string, style int, value string) {
	if value = cleanCell(value); value != "" {
		b.buf = appendTextCell(b.buf, "", column, b.rowNo, style, value)
	}
}

func (b *bookWriter) endRow() {
	b.buf = append(b.buf, "</row>"...)
	b.flush(flushSize)
}

// endSheet closes the sheet, with a filter over the range and the comments of one
// author, each behind the mark.
func (b *bookWriter) endSheet(filter, author, mark string, notes []cellNote) {
	n := len(b.sheets)
	sheet := &b.sheets[n-1]
	sheet.filter, sheet.noted = filter, len(notes) > 0
	b.buf = append(b.buf, "</sheetData>"...)
	if filter != "" {
		b.buf = append(append(append(b.buf, `<autoFilter ref="`...), filter...), `"/>`...)
	}
	if sheet.noted {
		b.buf = append(b.buf, `<legacyDrawing r:id="rId1"/>`...)
	}
	b.buf = append(b.buf, "</worksheet>"...)
	b.flush(0)
	if !sheet.noted || b.err != nil {
		return
	}
	b.whole(fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", n), notedSheetRels(n))
	b.begin(fmt.Sprintf("xl/comments%d.xml", n))
	if b.err == nil {
		b.err = writeNotes(b.out, author, mark, notes)
	}
	b.begin(fmt.Sprintf("xl/drawings/vmlDrawing%d.vml", n))
	if b.err == nil {
		b.err = writeNoteBoxes(b.out, notes)
	}
}

// close writes the parts that list the others; a zip may hold them in any order.
func (b *bookWriter) close() error {
	b.whole("xl/workbook.xml", workbookXML(b.sheets))
	b.whole("xl/_rels/workbook.xml.rels", workbookRels(len(b.sheets)))
	b.whole("[Content_Types].xml", contentTypes(b.sheets))
	if b.err == nil {
		b.err = b.zip.Close()
	}
	return b.err
}

// safeSheetName takes out what Excel forbids in the name of a sheet and cuts it to 31 characters,
// the suffix included.
func safeSheetName(name, suffix string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' || !isXMLChar(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(name, "' ")
	if name == "" {
		name = "Sheet"
	}
	units := utf16.Encode([]rune(name))
	if room := maxSheetName - len(suffix); len(units) > room {
		name = strings.TrimRight(string(utf16.Decode(units[:room])), "' \uFFFD")
	}
	return name + suffix
}
