package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
)

// The limits of a workbook that can be annotated; the importer has checked its own before.
const (
	annotateMaxDirectory = 4 << 20  // the zip's directory: about 40,000 parts
	annotateMaxPart      = 2 << 30  // the sheet and the shared strings, unzipped; they stream
	annotateMaxSmall     = 16 << 20 // a part that is held in memory, unzipped
	annotateMaxNotePart  = 64 << 20 // the comments and their boxes, unzipped; they stream
	annotateMaxExtra     = 60_000   // of an entry's extra fields; the format ends at 65,535
	annotateMaxPartName  = 1024     // a longer name of a part is no workbook's
)

// parcel is the zip of a workbook being rewritten. Parts that nobody touches are copied as they
// are compressed.
type parcel struct {
	zip   *zip.Reader
	parts map[string]*zip.File // by partKey
	out   *zip.Writer
}

// openParcel reads the directory of the zip. A hostile directory can claim millions of parts, so
// the bytes that reading it may take are counted.
func openParcel(src io.ReaderAt, size int64) (*parcel, error) {
	meter := &meteredReaderAt{src: src, left: annotateMaxDirectory}
	z, err := zip.NewReader(meter, size)
	if err != nil {
		return nil, ErrAnnotateNotWorkbook.Because(err)
	}
	meter.left = -1
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	p := &parcel{zip: z, parts: make(map[string]*zip.File, len(z.File))}
	packed := uint64(0)
	for _, f := range z.File {
		key := partKey(f.Name)
		if p.parts[key] != nil {
			return nil, damaged(errors.New("two parts have the same name"))
		}
		if len(key) > annotateMaxPartName || len(f.Extra) > annotateMaxExtra {
			return nil, damaged(errors.New("an entry of the zip has a header that is too long"))
		}
		p.parts[key] = f
		packed += f.CompressedSize64
		if packed > uint64(size) {
			return nil, damaged(errors.New("the parts of the zip overlap"))
		}
	}
	return p, nil
}

// meteredReaderAt fails when more than left bytes have been read; a negative left is no limit.
type meteredReaderAt struct {
	src  io.ReaderAt
	left int64
}

func (m *meteredReaderAt) ReadAt(b []byte, at int64) (int, error) {
	if m.left >= 0 {
		if m.left -= int64(len(b)); m.left < 0 {
			return 0, errors.New("the directory of the zip is too large")
		}
	}
	return m.src.ReadAt(b, at)
}

// partKey folds the writings of a part's name: OPC (ECMA-376 part 2, §6.2.2.3) compares without
// regard to case, and some programs write a leading slash or backslashes.
func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

func (p *parcel) has(name string) bool { return p.parts[partKey(name)] != nil }

// open streams a part, up to limit bytes.
func (p *parcel) open(name string, limit int64) (io.ReadCloser, error) {
	f := p.parts[partKey(name)]
	if f == nil {
		return nil, damaged(fmt.Errorf("the part %q is missing", name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return &parcelReader{r: r, left: limit}, nil
}

// small reads a part into memory.
func (p *parcel) small(name string) ([]byte, error) {
	r, err := p.open(name, annotateMaxSmall)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// outline reads a small part and lists its elements.
func (p *parcel) outline(name string, deep int) (*outline, error) {
	raw, err := p.small(name)
	if err != nil {
		return nil, err
	}
	o, err := readOutline(raw, deep)
	if err != nil {
		return nil, readFault(err)
	}
	return o, nil
}

// parcelReader turns the errors of reading into faults and stops a bomb.
type parcelReader struct {
	r    io.ReadCloser
	left int64
}

func (p *parcelReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if p.left -= int64(n); p.left < 0 {
		return 0, ErrAnnotateTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

func (p *parcelReader) Close() error { return p.r.Close() }

// create begins a part of the new workbook; it takes the place and the time of an old one.
func (p *parcel) create(name string) (io.Writer, error) {
	h := newEntry(name)
	if old := p.parts[partKey(name)]; old != nil {
		h.Name = old.Name
		//lint:ignore SA1019 Modified would write a further field that the old entry does not have
		h.ModifiedDate, h.ModifiedTime = old.ModifiedDate, old.ModifiedTime
	}
	return p.out.CreateHeader(h)
}

func (p *parcel) write(name string, content []byte) error {
	w, err := p.create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}

// keep copies a part compressed as it is. It does what zip.Writer.Copy does, but tells a damaged
// source from a broken destination.
func (p *parcel) keep(f *zip.File) error {
	raw, err := f.OpenRaw()
	if err != nil {
		return damaged(err)
	}
	header := f.FileHeader
	w, err := p.out.CreateRaw(&header)
	if err == nil {
		_, err = io.Copy(w, &parcelReader{r: io.NopCloser(raw), left: math.MaxInt64})
	}
	return err
}

// unused gives the first free name of a row such as xl/comments1.xml, xl/comments2.xml.
func (p *parcel) unused(before, after string) string {
	for i := 1; ; i++ {
		if name := before + strconv.Itoa(i) + after; !p.has(name) {
			return name
		}
	}
}

// partRelation is one line of a .rels part, its target resolved to the name of a part.
type partRelation struct {
	id, kind, target string
}

// relsName is where the relations of a part stand (ECMA-376 part 2, §6.5.3).
func relsName(part string) string {
	return path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
}

// readRelations lists the inner relations of a part; a part without them has none.
func (p *parcel) readRelations(part string) (*outline, []partRelation, error) {
	name := relsName(part)
	if !p.has(name) {
		return nil, nil, nil
	}
	o, err := p.outline(name, 1)
	if err != nil {
		return nil, nil, err
	}
	var list []partRelation
	for _, e := range o.root.all("Relationship") {
		if o.attr(e, "TargetMode") == "External" {
			continue
		}
		target := strings.ReplaceAll(o.attr(e, "Target"), `\`, "/")
		if plain, err := url.PathUnescape(target); err == nil && !p.has(relatedPart(part, target)) {
			target = plain
		}
		kind := o.attr(e, "Type")
		list = append(list, partRelation{id: o.attr(e, "Id"), target: relatedPart(part, target),
			kind: kind[strings.LastIndexByte(kind, '/')+1:]})
	}
	return o, list, nil
}

func relatedPart(from, target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return strings.TrimPrefix(path.Join("/", path.Dir(from), target), "/")
}

// relativePart writes a target as it is usual: ../comments1.xml.
func relativePart(from, to string) string {
	a, b := strings.Split(path.Dir(from), "/"), strings.Split(to, "/")
	same := 0
	for same < len(a) && same < len(b)-1 && a[same] == b[same] {
		same++
	}
	return strings.Repeat("../", len(a)-same) + strings.Join(b[same:], "/")
}

func ofKind(list []partRelation, kind string) (partRelation, bool) {
	for _, r := range list {
		if r.kind == kind {
			return r, true
		}
	}
	return partRelation{}, false
}

func byID(list []partRelation, id string) (partRelation, bool) {
	for _, r := range list {
		if r.id == id {
			return r, true
		}
	}
	return partRelation{}, false
}

// readFault keeps a fault as it is and makes every other trouble of reading "damaged".
func readFault(err error) error {
	if isFault(err) {
		return err
	}
	return damaged(err)
}
