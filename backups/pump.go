package backups

import (
	"io"
)

// Sizes of the pump.
const (
	pumpBlock  = 1 << 20
	pumpBlocks = 4
)

// pump lets the maker and the taker of a stream work side by side: up to a few blocks wait between
// them.
type pump struct {
	w      io.Writer
	block  []byte
	full   chan []byte
	empty  chan []byte
	done   chan struct{}
	failed error
}

func newPump(w io.Writer) *pump {
	p := &pump{w: w, full: make(chan []byte, pumpBlocks), empty: make(chan []byte, pumpBlocks),
		done: make(chan struct{})}
	for range pumpBlocks {
		p.empty <- make([]byte, 0, pumpBlock)
	}
	p.block = <-p.empty
	go func() {
		defer close(p.done)
		for block := range p.full {
			if p.failed == nil {
				_, p.failed = p.w.Write(block)
			}
			p.empty <- block[:0]
		}
	}()
	return p
}

// Write implements [io.Writer]. The error of the taker is told by Close, or ends the maker soon
// because nothing is taken any more.
func (p *pump) Write(data []byte) (int, error) {
	written := len(data)
	for len(data) > 0 {
		n := copy(p.block[len(p.block):cap(p.block)], data)
		p.block = p.block[:len(p.block)+n]
		if data = data[n:]; len(p.block) == cap(p.block) {
			p.full <- p.block
			p.block = <-p.empty
		}
	}
	return written, nil
}

// Close hands over the rest and waits until it is taken.
func (p *pump) Close() error {
	p.full <- p.block
	close(p.full)
	<-p.done
	return p.failed
}
