package sheet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

type textEncoding uint8

const (
	encodingUTF8 textEncoding = iota
	encodingGB18030
	encodingUTF16LE
	encodingUTF16BE
)

// csvFile is the container of a text file: one sheet.
type csvFile struct {
	r         io.ReaderAt
	size      int64
	encoding  textEncoding
	bom       int64 // length of the byte order mark
	delimiter byte
	sepLine   int // length of a first line sep=; as UTF-8
	limits    Limits
	name      string
}

func openCSV(
	ctx context.Context, r io.ReaderAt, size int64, fileName string, limits Limits,
) (*csvFile, error) {
	name := path.Base(strings.ReplaceAll(fileName, `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	if name == "" || name == "." || name == "/" {
		name = "CSV"
	}
	c := &csvFile{r: r, size: size, limits: limits, name: name}
	if err := c.detectEncoding(ctx); err != nil {
		return nil, err
	}
	return c, c.detectDelimiter(ctx)
}

// detectEncoding decides by the validity of the whole file, never by a sample: one stray byte at
// the end of a long file must not turn its Chinese into other Chinese.
func (c *csvFile) detectEncoding(ctx context.Context) error {
	head := make([]byte, min(3, c.size))
	if _, err := c.r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case hasMagic(head, "\xef\xbb\xbf"):
		c.bom = 3
	case hasMagic(head, "\xff\xfe"):
		c.bom, c.encoding = 2, encodingUTF16LE
	case hasMagic(head, "\xfe\xff"):
		c.bom, c.encoding = 2, encodingUTF16BE
	}
	found, err := surveyText(c.open(ctx))
	switch {
	case err != nil:
		return err
	case found.nul > 0:
		return ErrCSVBinary.With("line", found.nul)
	case found.bad == 0:
		return nil
	case c.bom > 0 || found.wide > found.bad:
		// UTF-8 with a few bad bytes: read as GBK it would be valid and wrong.
		return ErrCSVEncoding.With("line", found.badLine)
	}
	c.encoding = encodingGB18030
	if found, err = surveyText(c.open(ctx)); err != nil {
		return err
	}
	if found.replaced > 0 {
		return ErrCSVEncoding.With("line", found.replaced)
	}
	return nil
}

// open gives the text as UTF-8 without byte order mark.
func (c *csvFile) open(ctx context.Context) io.Reader {
	raw := &contextReader{ctx, io.NewSectionReader(c.r, c.bom, c.size-c.bom)}
	switch c.encoding {
	case encodingGB18030:
		return transform.NewReader(raw, simplifiedchinese.GB18030.NewDecoder())
	case encodingUTF16LE, encodingUTF16BE:
		return newUTF16Reader(nil, raw, c.encoding == encodingUTF16BE)
	}
	return raw
}

type contextReader struct {
	ctx context.Context
	in  io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}

// textSurvey counts what tells an encoding. Lines count from 1, 0 is none.
type textSurvey struct {
	wide     int // valid characters of three bytes or more, as Chinese is
	bad      int // bytes that are not UTF-8
	badLine  int
	nul      int // line of the first NUL
	replaced int // line of the first U+FFFD, which a decoder puts for what it cannot read
}

func surveyText(in io.Reader) (textSurvey, error) {
	var s textSurvey
	buf := make([]byte, windowBytes)
	kept, line := 0, 1
	for {
		n, err := in.Read(buf[kept:])
		n += kept
		used := s.scan(buf[:n], line, err != nil)
		line += bytes.Count(buf[:used], []byte("\n"))
		kept = copy(buf, buf[used:n])
		if d := (*damage)(nil); errors.As(err, &d) { // half a pair of UTF-16
			s.bad, s.badLine = s.bad+1, line
			return s, nil
		}
		if s.nul > 0 || err == io.EOF {
			return s, nil
		}
		if err != nil {
			return s, err
		}
	}
}

// scan surveys a window and returns how much of it was used: an unfinished character at its end
// is left for the next, unless it is the last.
func (s *textSurvey) scan(b []byte, line int, last bool) int {
	lineAt := func(p int) int { return line + bytes.Count(b[:p], []byte("\n")) }
	if p := bytes.IndexByte(b, 0); p >= 0 {
		s.nul = lineAt(p)
		return len(b)
	}
	p := 0
	for p < len(b) {
		if p+8 <= len(b) && binary.LittleEndian.Uint64(b[p:])&0x8080808080808080 == 0 {
			p += 8
			continue
		}
		if b[p] < utf8.RuneSelf {
			p++
			continue
		}
		r, n := utf8.DecodeRune(b[p:])
		switch {
		case r != utf8.RuneError && n >= 3:
			s.wide++
		case r != utf8.RuneError:
		case n > 1:
			if s.replaced == 0 {
				s.replaced = lineAt(p)
			}
		case !last && !utf8.FullRune(b[p:]):
			return p
		default:
			if s.bad++; s.badLine == 0 {
				s.badLine = lineAt(p)
			}
		}
		p += n
	}
	return p
}

// delimiters in the order of preference where a line holds as many of each.
const delimiters = ",\t;|"

// detectDelimiter takes the one that the first line with any of them holds most often: title
// lines above the headers hold none.
func (c *csvFile) detectDelimiter(ctx context.Context) error {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(c.open(ctx), head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	c.delimiter = ','
	if c.readSepLine(head) {
		return nil
	}
	var counts [len(delimiters)]int
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		} else if at := strings.IndexByte(delimiters, b); at >= 0 && !quoted {
			counts[at]++
		} else if b == '\n' && !quoted && counts != [len(delimiters)]int{} {
			break
		}
	}
	most := 0
	for i, count := range counts {
		if count > most {
			most, c.delimiter = count, delimiters[i]
		}
	}
	return nil
}

// readSepLine takes a first line sep=; with which Excel is told the delimiter. It is no row.
func (c *csvFile) readSepLine(head []byte) bool {
	line, _, found := bytes.Cut(head, []byte("\n"))
	size := len(line)
	if found {
		size++
	}
	line = bytes.Trim(line, "\"\r ")
	if len(line) != len("sep=?") || !bytes.EqualFold(line[:4], []byte("sep=")) ||
		strings.IndexByte(delimiters, line[4]) < 0 {
		return false
	}
	c.delimiter, c.sepLine = line[4], size
	return true
}

func (c *csvFile) list() []SheetInfo { return []SheetInfo{{Name: c.name}} }

func (c *csvFile) close() error { return nil }

func (c *csvFile) inspect(ctx context.Context, _ SheetInfo) (Info, error) {
	scan := c.scan(ctx, false)
	var row Row
	for {
		more, err := scan.next(&row)
		if err != nil || !more {
			return scan.info, err
		}
	}
}

func (c *csvFile) rows(ctx context.Context, _ SheetInfo) (rowSource, error) {
	return c.scan(ctx, true), nil
}
