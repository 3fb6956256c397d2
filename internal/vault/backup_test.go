package vault

import (
	"bytes"
	"crypto/rand"
	"testing"
)

func TestPlainSizeIsWhatComesOut(t *testing.T) {
	keys, err := NewKeysets()
	if err != nil {
		t.Fatal(err)
	}
	edge := segmentSize - segmentTag - streamStart - 1
	for _, n := range []int{0, 1, 100, 4096, edge - 1, edge, edge + 1, edge + segmentSize - segmentTag,
		edge + segmentSize - segmentTag + 1, 5 << 20} {
		var sealed bytes.Buffer
		w, err := keys.EncryptWriter(&sealed, "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := PlainSize(int64(sealed.Len())); got != int64(n) {
			t.Errorf("%d bytes became %d, said to be %d", n, sealed.Len(), got)
		}
	}
	if PlainSize(10) != -1 {
		t.Error("ten bytes are no file")
	}
}

func TestOnlyTheRootVouches(t *testing.T) {
	var a, b Root
	rand.Read(a[:])
	rand.Read(b[:])
	said := a.Vouch([]byte("manifest"))
	if !a.Vouched([]byte("manifest"), said) {
		t.Error("not its own")
	}
	if a.Vouched([]byte("manifesT"), said) || b.Vouched([]byte("manifest"), said) || a.Vouched([]byte("manifest"), "") {
		t.Error("vouched for what it has not seen")
	}
}
