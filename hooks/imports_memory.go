package hooks

import (
	"errors"
	"io"
)

// pieceSize is how much of a workbook is held in one piece: growing one slice would need twice the
// file.
const pieceSize = 1 << 20

// pieces hold a workbook in memory, because nothing of it may stand on the disk in plain, and a
// zip archive is read from its end.
type pieces struct {
	parts [][]byte
	size  int64
}

var errPiecesLimit = errors.New("more than the limit")

// readPieces reads a stream of at most limit bytes to its end.
func readPieces(r io.Reader, limit int64) (*pieces, error) {
	p := &pieces{}
	for {
		part := make([]byte, pieceSize)
		n, err := fill(r, part)
		p.size += int64(n)
		if n > 0 {
			p.parts = append(p.parts, part[:n:n])
		}
		switch {
		case p.size > limit:
			return nil, errPiecesLimit
		case err == io.EOF:
			return p, nil
		case err != nil:
			return nil, err
		}
	}
}

// fill reads until the piece is full or the stream ends. io.ReadFull would make the end of a stream
// (io.EOF) and a stream that was cut (io.ErrUnexpectedEOF) the same.
func fill(r io.Reader, part []byte) (n int, err error) {
	for n < len(part) && err == nil {
		var more int
		more, err = r.Read(part[n:])
		n += more
	}
	if n == len(part) && err == io.EOF {
		err = nil // the next piece is empty
	}
	return n, err
}

// ReadAt makes pieces an io.ReaderAt.
func (p *pieces) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("a negative offset")
	}
	done := 0
	for done < len(b) {
		if at >= p.size {
			return done, io.EOF
		}
		n := copy(b[done:], p.parts[at/pieceSize][at%pieceSize:])
		done, at = done+n, at+int64(n)
	}
	return done, nil
}

// Open gives the whole as a stream, for PocketBase's storage.
func (p *pieces) Open() (io.ReadSeekCloser, error) {
	return pieceReader{io.NewSectionReader(p, 0, p.size)}, nil
}

type pieceReader struct{ *io.SectionReader }

// Close has nothing to close.
func (pieceReader) Close() error { return nil }
