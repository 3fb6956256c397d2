package hooks_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kehu/collections"
	"kehu/internal/cipherdb"
	"kehu/tests"
)

// pagesOf is the database as whoever has its key may read it: every page in plain, those that are free
// included.
func pagesOf(t *testing.T, h *tests.House) []byte {
	t.Helper()
	root, err := collections.OpenKeys(h.Dir, h.Keys, collections.Random)
	if err != nil {
		t.Fatal(err)
	}
	db, err := cipherdb.Open(filepath.Join(h.Dir, "data.db"), cipherdb.Key(root.DatabaseKey()), cipherdb.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	shot, err := cipherdb.NewSnapshot(context.Background(), db, t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer shot.Close()
	plain, err := shot.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	content, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(content, []byte("SQLite format 3")) || !bytes.Contains(content, []byte("kehu_subject_keys")) {
		t.Fatal("this is no image of the database")
	}
	return content
}

func sizeOf(h *tests.House, name string) int64 {
	info, err := os.Stat(filepath.Join(h.Dir, name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// The key of an erased person is in no page of the database, in use or free, nor in its log: neither
// as it was last, nor as it was before a rotation or before the pages were split.
func TestAnErasedKeyIsInNoPage(t *testing.T) {
	h := tests.Start(t)
	people(h, 120)
	id, _ := erasedPerson(t, h)
	keyOf := func() []byte {
		t.Helper()
		key, err := hex.DecodeString(value[string](h, "SELECT hex(wrapped) FROM kehu_subject_keys WHERE customer = '"+id+"'"))
		if err != nil || len(key) < 40 {
			t.Fatalf("%x %v", key, err)
		}
		return key
	}
	old := keyOf()
	if !bytes.Contains(pagesOf(t, h), old) {
		t.Fatal("the key is not in the image: the test looks at the wrong place")
	}
	rotate(t, h)
	key := keyOf()
	if bytes.Equal(old, key) {
		t.Fatal("the rotation left the key as it was")
	}
	sealed, err := hex.DecodeString(value[string](h, "SELECT hex(sealed) FROM kehu_sealed WHERE customer = '"+id+"' AND field = 'cert_no'"))
	if err != nil {
		t.Fatal(err)
	}
	logged := sizeOf(h, "data.db-wal")
	erase(t, h, id)
	after := pagesOf(t, h)
	for what, secret := range map[string][]byte{"the key": key, "the key of before the rotation": old, "the sealed number": sealed} {
		if n := bytes.Count(after, secret); n > 0 {
			t.Errorf("%s stands in %d places of the database", what, n)
		}
	}
	if now := sizeOf(h, "data.db-wal"); logged < 1<<18 || now >= logged/2 {
		t.Errorf("the log is not cut: it had %d bytes and has %d", logged, now)
	}
	for _, trace := range []string{"金丝雀", "13712341231", "canary@"} {
		if i := bytes.Index(after, []byte(trace)); i >= 0 {
			t.Errorf("%s stands in page %d: %q", trace, i/4096+1, after[max(0, i-200):i+60])
		}
	}
}
