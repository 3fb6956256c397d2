package cipherdb

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Tally counts the rows of a plain database that is written to it from its beginning to its end, so
// that a copy on its way needs no second reading. It looks at the header of each page and at the children
// of the inner ones (https://sqlite.org/fileformat2.html#b_tree_pages), and keeps three bytes of each.
type Tally struct {
	size     int    // of a page, in bytes
	rest     []byte // of a page that is not complete
	kinds    []byte // of page n at n-1
	cells    []uint16
	children map[uint32][]uint32
	bad      map[uint32]bool // inner pages that point outside themselves: only what is free may be so
}

// Kinds of pages, and where their header says what.
const (
	innerIndex = 0x02
	innerTable = 0x05
	leafIndex  = 0x0a
	leafTable  = 0x0d

	pageSizeAt  = 16
	headerSize  = 100 // of the database, on its first page
	cellsAt     = 3
	rightmostAt = 8
	pointersAt  = 12 // of an inner page
	minPageSize = 512
	maxPageSize = 65536
)

// ErrNoTree: what was written is no database, or not the whole of it.
var ErrNoTree = errors.New("not a tree of pages")

// Write implements [io.Writer].
func (t *Tally) Write(p []byte) (int, error) {
	written := len(p)
	if t.size == 0 {
		if len(t.rest) > 0 || len(p) < headerSize {
			t.rest = append(t.rest, p...)
			p, t.rest = t.rest, nil
		}
		if len(p) < headerSize {
			t.rest = p
			return written, nil
		}
		t.size = int(binary.BigEndian.Uint16(p[pageSizeAt:]))
		if t.size == 1 {
			t.size = maxPageSize
		}
		if t.size < minPageSize || t.size&(t.size-1) != 0 {
			return 0, fmt.Errorf("%w: pages of %d bytes", ErrNoTree, t.size)
		}
		t.children, t.bad = map[uint32][]uint32{}, map[uint32]bool{}
		t.rest = make([]byte, 0, t.size)
	}
	if len(t.rest) > 0 {
		n := copy(t.rest[len(t.rest):t.size], p)
		t.rest = t.rest[:len(t.rest)+n]
		if p = p[n:]; len(t.rest) < t.size {
			return written, nil
		}
		t.page(t.rest)
		t.rest = t.rest[:0]
	}
	for ; len(p) >= t.size; p = p[t.size:] {
		t.page(p[:t.size])
	}
	t.rest = append(t.rest, p...)
	return written, nil
}

func (t *Tally) page(page []byte) {
	header := page
	if len(t.kinds) == 0 {
		header = page[headerSize:]
	}
	kind, cells := header[0], binary.BigEndian.Uint16(header[cellsAt:])
	t.kinds, t.cells = append(t.kinds, kind), append(t.cells, cells)
	if kind != innerIndex && kind != innerTable {
		return
	}
	number := uint32(len(t.kinds))
	list := make([]uint32, 0, int(min(cells, uint16(t.size/4)))+1)
	pointers := header[pointersAt:]
	for i := range int(cells) {
		if len(pointers) < 2*i+2 {
			t.bad[number] = true
			return
		}
		at := int(binary.BigEndian.Uint16(pointers[2*i:]))
		if at+4 > len(page) {
			t.bad[number] = true
			return
		}
		list = append(list, binary.BigEndian.Uint32(page[at:]))
	}
	t.children[number] = append(list, binary.BigEndian.Uint32(header[rightmostAt:]))
}

// Rows counts the rows of the table, or the entries of the index, whose tree begins at a page.
func (t *Tally) Rows(root uint32) (rows int64, err error) {
	open := []uint32{root}
	for visited := 0; len(open) > 0; visited++ {
		number := open[len(open)-1]
		open = open[:len(open)-1]
		if number == 0 || int64(number) > int64(len(t.kinds)) || t.bad[number] || visited > len(t.kinds) {
			return 0, fmt.Errorf("%w: page %d of %d, from page %d", ErrNoTree, number, len(t.kinds), root)
		}
		cells := int64(t.cells[number-1])
		switch t.kinds[number-1] {
		case leafTable, leafIndex:
			rows += cells
		case innerIndex:
			rows += cells // its own entries are part of the index
			open = append(open, t.children[number]...)
		case innerTable:
			open = append(open, t.children[number]...)
		default:
			return 0, fmt.Errorf("%w: page %d is of kind %#x", ErrNoTree, number, t.kinds[number-1])
		}
	}
	return rows, nil
}
