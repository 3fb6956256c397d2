package sheet

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"strings"

	"github.com/klauspost/compress/flate"
)

const (
	// maxEntries bounds the parts of a workbook: 100 sheets with drawings, notes and pictures
	// stay far below.
	maxEntries = 10_000
	// directoryBytes bounds what is read to list them. archive/zip follows the directory as far
	// as it looks like one, whatever count the file declares.
	directoryBytes = 4 << 20
)

var errDirectory = errors.New("sheet: the archive's directory is too long")

// source remembers what went wrong in reading the file itself, so that a failing disk is never
// reported as a damaged workbook; while the directory is listed it also bounds the bytes read.
type source struct {
	io.ReaderAt
	left int64
	err  error
}

func (s *source) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, io.ErrUnexpectedEOF // an offset of the directory that leads out of the file
	}
	if s.left -= int64(len(p)); s.left < 0 {
		return 0, errDirectory
	}
	n, err := s.ReaderAt.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = err
	}
	return n, err
}

// archive is the zip container of a workbook, its names checked.
type archive struct {
	file  *source
	parts map[string]*zip.File // by lower-case name: part names ignore case (ECMA-376 part 2, 6.2.2)
}

func openArchive(r io.ReaderAt, size int64, limits Limits) (*archive, error) {
	a := &archive{file: &source{ReaderAt: r, left: directoryBytes}, parts: map[string]*zip.File{}}
	zr, err := zip.NewReader(a.file, size)
	a.file.left = math.MaxInt64
	switch {
	case a.file.err != nil:
		return nil, a.file.err
	case errors.Is(err, errDirectory):
		return nil, ErrTooManyEntries.With("limit", maxEntries)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, ErrBroken.Because(err)
	case len(zr.File) > maxEntries:
		return nil, ErrTooManyEntries.With("limit", maxEntries)
	}
	unzipped := uint64(0)
	for _, f := range zr.File {
		if err := a.admit(f); err != nil {
			return nil, err
		}
		limit := uint64(limits.UnzippedBytes)
		if unzipped += min(f.UncompressedSize64, limit+1); unzipped > limit {
			return nil, ErrUnzippedTooLarge.With("limit", limits.UnzippedBytes>>20)
		}
	}
	return a, nil
}

// admit checks one entry by what the directory says of it.
func (a *archive) admit(f *zip.File) error {
	const encrypted = 1 // general purpose bit 0 (APPNOTE 4.4.4)
	name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
	switch {
	case f.Flags&encrypted != 0:
		return ErrEncrypted
	case !safePath(name):
		return ErrUnsafe.Because(errors.New("zip entry " + f.Name))
	case strings.HasSuffix(name, "/"):
		return nil
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return ErrBroken.Because(zip.ErrAlgorithm)
	}
	if _, taken := a.parts[name]; taken {
		return ErrUnsafe.Because(errors.New("zip entry twice: " + f.Name))
	}
	a.parts[name] = f
	return nil
}

func safePath(name string) bool {
	for _, c := range name {
		if c < ' ' || c == ':' {
			return false
		}
	}
	for step := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		if step == "" || step == "." || step == ".." {
			return false
		}
	}
	return true
}

func (a *archive) has(name string) bool {
	return a.parts[strings.ToLower(name)] != nil
}

// open streams a part. The reader ends in io.EOF only when size and checksum are right.
func (a *archive) open(ctx context.Context, name string) (io.Reader, error) {
	f := a.parts[strings.ToLower(name)]
	if f == nil {
		return nil, &damage{why: "part missing: " + name, offset: -1}
	}
	raw, err := f.OpenRaw()
	if err != nil {
		if a.file.err != nil {
			return nil, a.file.err
		}
		return nil, &damage{why: "no local header: " + name, offset: -1, err: err}
	}
	if f.Method == zip.Deflate {
		raw = flate.NewReader(bufio.NewReaderSize(raw, 64<<10))
	}
	return &partReader{
		ctx: ctx, file: a.file, in: raw, left: f.UncompressedSize64, want: f.CRC32,
	}, nil
}

type partReader struct {
	ctx  context.Context
	file *source
	in   io.Reader
	left uint64 // declared bytes still to come
	crc  uint32
	want uint32
}

func (p *partReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.in.Read(b)
	if uint64(n) > p.left {
		return 0, &damage{why: "a part is larger than it declares", offset: -1}
	}
	p.left -= uint64(n)
	p.crc = crc32.Update(p.crc, crc32.IEEETable, b[:n])
	switch {
	case err == nil:
		return n, nil
	case p.file.err != nil:
		return n, p.file.err
	case err != io.EOF:
		return n, &damage{why: "compressed data", offset: -1, err: err}
	case p.left > 0:
		return n, &damage{why: "a part is shorter than it declares", offset: -1}
	case p.crc != p.want:
		return n, &damage{why: "wrong checksum", offset: -1}
	}
	return n, io.EOF
}
