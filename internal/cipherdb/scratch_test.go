package cipherdb_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/cipherdb"
)

func newScratch(t testing.TB, dir string) *cipherdb.ScratchStrings {
	t.Helper()
	s, err := cipherdb.NewScratchStrings(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func scratchFiles(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestScratchStrings(t *testing.T) {
	dir := t.TempDir()
	s := newScratch(t, dir)
	const n = 300_000
	value := func(i int) string {
		return fmt.Sprintf("%s%d%s", canary, i, strings.Repeat("长", i%17))
	}
	for i := range n {
		if err := s.Append(value(i)); err != nil {
			t.Fatal(err)
		}
	}
	if s.Len() != n {
		t.Errorf("%d of %d strings", s.Len(), n)
	}
	check := func(i int) {
		if got, err := s.Get(i); err != nil || got != value(i) {
			t.Fatalf("string %d is %q, %v", i, got, err)
		}
	}
	for i := range n {
		check(i)
	}
	for range 10_000 {
		check(mathrand.IntN(n))
	}
	noPlainText(t, dir)
	for _, i := range []int{-1, n} {
		if _, err := s.Get(i); !errors.Is(err, cipherdb.ErrNoString) {
			t.Errorf("string %d: %v", i, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := scratchFiles(t, dir); len(left) != 0 {
		t.Errorf("left after closing: %v", left)
	}
}

// Whatever is appended and read in whatever order, the list answers like a slice.
func TestScratchIsASlice(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		s, err := cipherdb.NewScratchStrings(dir, rand.Reader)
		if err != nil {
			r.Fatal(err)
		}
		defer s.Close()
		var model []string
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			if len(model) == 0 || rapid.Bool().Draw(r, "append") {
				value := rapid.String().Draw(r, "value")
				value = strings.Repeat(value, rapid.SampledFrom([]int{1, 1, 700}).Draw(r, "times"))
				model = append(model, value)
				if err := s.Append(value); err != nil {
					r.Fatal(err)
				}
				continue
			}
			i := rapid.IntRange(0, len(model)-1).Draw(r, "i")
			if got, err := s.Get(i); err != nil || got != model[i] {
				r.Fatalf("string %d is %q, not %q: %v", i, got, model[i], err)
			}
		}
	})
}

func TestScratchNeedsAFolderAndAKey(t *testing.T) {
	_, err := cipherdb.NewScratchStrings(filepath.Join(t.TempDir(), "none"), rand.Reader)
	if !errors.Is(err, cipherdb.ScratchFailed) {
		t.Errorf("no folder: %v", err)
	}
	_, err = cipherdb.NewScratchStrings(t.TempDir(), strings.NewReader("short"))
	if !errors.Is(err, cipherdb.ScratchFailed) {
		t.Errorf("no key: %v", err)
	}
}

// What a crash leaves is unreadable, and gone after the next start; other files stay.
func TestSweepScratch(t *testing.T) {
	dir := t.TempDir()
	s := newScratch(t, dir)
	for range 10_000 {
		if err := s.Append(canary); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(dir, scratchFiles(t, dir)[0].Name())
	remains, err := os.ReadFile(left)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.WriteFile(left, remains, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	noPlainText(t, dir)
	_, err = cipherdb.Open(left, testKey(1), cipherdb.Options{})
	if !errors.Is(err, cipherdb.KeyWrong) {
		t.Errorf("another key: %v", err)
	}
	if err := cipherdb.SweepScratch(dir); err != nil {
		t.Fatal(err)
	}
	files := scratchFiles(t, dir)
	if len(files) != 1 || files[0].Name() != "data.db" {
		t.Errorf("after sweeping: %v", files)
	}
	if err := cipherdb.SweepScratch(filepath.Join(dir, "none")); err == nil {
		t.Error("swept a folder that does not exist")
	}
}

func BenchmarkScratch(b *testing.B) {
	dir := b.TempDir()
	s := newScratch(b, dir)
	const n = 2_000_000
	b.Run("append", func(b *testing.B) {
		for i := range b.N {
			if err := s.Append(fmt.Sprint("上海市浦东新区世纪大道", i)); err != nil {
				b.Fatal(err)
			}
		}
	})
	for s.Len() < n {
		s.Append(fmt.Sprint("上海市浦东新区世纪大道", s.Len()))
	}
	b.Run("get in order", func(b *testing.B) {
		for i := range b.N {
			s.Get(i % n)
		}
	})
	b.Run("get at random", func(b *testing.B) {
		for range b.N {
			s.Get(mathrand.IntN(n))
		}
	})
}
