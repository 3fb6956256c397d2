package ledger

import (
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Anchors are marks of the newest entry, signed and kept outside the database. They lie in slots
// of one small file, written in turn: a write that a crash cuts off spoils one slot, and the ones
// before it still hold.
const (
	AnchorSlots = 4
	AnchorSize  = 20 + 1 + 20 + 1 + 64 + 1 + 64 + 1 // of a slot in bytes
)

// Anchor is the text of a slot, and its offset in the file. generation counts the writes.
func (k *Key) Anchor(generation uint64, m Mark) (slot []byte, offset int64) {
	signature := k.mac(useAnchor, anchored(generation, m))
	slot = fmt.Appendf(make([]byte, 0, AnchorSize), "%020d %020d %s %s\n", generation, m.Seq,
		m.Hash, signature)
	return slot, int64(generation%AnchorSlots) * AnchorSize
}

// AnchorFile is a file whose every slot holds a mark, written after that many others.
func (k *Key) AnchorFile(generation uint64, m Mark) []byte {
	file := make([]byte, AnchorSlots*AnchorSize)
	for range AnchorSlots {
		generation++
		slot, offset := k.Anchor(generation, m)
		copy(file[offset:], slot)
	}
	return file
}

func anchored(generation uint64, m Mark) []byte {
	return append(binary.AppendUvarint(nil, generation), m.bytes()...)
}

// Anchors are the slots of a file that hold.
type Anchors struct {
	Marks      []Mark // the newest first
	Generation uint64 // of the newest
	Damaged    int    // slots that hold nothing valid
}

// ReadAnchors reads the slots of a file, whatever became of it.
func (k *Key) ReadAnchors(file []byte) Anchors {
	var a Anchors
	generations := []uint64{}
	for slot := range AnchorSlots {
		begin := slot * AnchorSize
		if begin >= len(file) {
			break
		}
		generation, m, ok := k.readAnchor(string(file[begin:min(begin+AnchorSize, len(file))]))
		if !ok || generation%AnchorSlots != uint64(slot) {
			a.Damaged++
			continue
		}
		at := 0
		for at < len(generations) && generations[at] > generation {
			at++
		}
		generations = append(generations[:at], append([]uint64{generation}, generations[at:]...)...)
		a.Marks = append(a.Marks[:at], append([]Mark{m}, a.Marks[at:]...)...)
	}
	if len(generations) > 0 {
		a.Generation = generations[0]
	}
	return a
}

func (k *Key) readAnchor(text string) (generation uint64, m Mark, ok bool) {
	parts := strings.Split(strings.TrimSuffix(text, "\n"), " ")
	if len(text) != AnchorSize || len(parts) != 4 {
		return 0, m, false
	}
	generation, err1 := strconv.ParseUint(parts[0], 10, 64)
	seq, err2 := strconv.ParseInt(parts[1], 10, 64)
	hash, ok1 := ParseHash(parts[2])
	signature, ok2 := ParseHash(parts[3])
	m = Mark{Seq: seq, Hash: hash}
	want := k.mac(useAnchor, anchored(generation, m))
	return generation, m, err1 == nil && err2 == nil && ok1 && ok2 &&
		hmac.Equal(want[:], signature[:])
}
