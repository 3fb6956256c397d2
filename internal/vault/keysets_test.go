package vault_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"kehu/internal/vault"
)

func newKeysets(t testing.TB) *vault.Keysets {
	t.Helper()
	k, err := vault.NewKeysets()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rotated(t testing.TB, k *vault.Keysets) *vault.Keysets {
	t.Helper()
	k, err := k.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func seal(t testing.TB, k *vault.Keysets, plain string) []byte {
	t.Helper()
	sealed, err := k.Seal([]byte(plain), "customers", "r1", "id_number")
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func opens(t testing.TB, k *vault.Keysets, sealed []byte, want string) {
	t.Helper()
	plain, err := k.Open(sealed, "customers", "r1", "id_number")
	if err != nil || string(plain) != want {
		t.Errorf("opened %q, %v", plain, err)
	}
}

const secret = "11010119900307775X"

func TestSealThenOpen(t *testing.T) {
	k := newKeysets(t)
	for _, plain := range []string{secret, "", "张三", strings.Repeat("长", 10_000)} {
		sealed := seal(t, k, plain)
		if plain != "" && bytes.Contains(sealed, []byte(plain)) {
			t.Error("not encrypted")
		}
		opens(t, k, sealed, plain)
	}
	if bytes.Equal(seal(t, k, secret), seal(t, k, secret)) {
		t.Error("equal values look equal when sealed")
	}
}

// A value opens in its own place only, wherever the border between two names lies.
func TestSealedValueStaysInItsPlace(t *testing.T) {
	k := newKeysets(t)
	sealed := seal(t, k, secret)
	for _, place := range [][3]string{
		{"customers", "r2", "id_number"}, {"customers", "r1", "phone"},
		{"contacts", "r1", "id_number"},
		{"customer", "sr1", "id_number"}, {"customersr1", "", "id_number"}, {"", "", ""},
		{"customers", "r1id_number", ""},
	} {
		_, err := k.Open(sealed, place[0], place[1], place[2])
		if !errors.Is(err, vault.SealedDamaged) {
			t.Errorf("opened in %q: %v", place, err)
		}
	}
	_, err := newKeysets(t).Open(sealed, "customers", "r1", "id_number")
	if !errors.Is(err, vault.SealedDamaged) {
		t.Errorf("opened by other keys: %v", err)
	}
}

func TestChangedSealedValue(t *testing.T) {
	k := newKeysets(t)
	sealed := seal(t, k, secret)
	for i := range sealed {
		for _, flip := range []byte{1, 0x80} {
			changed := bytes.Clone(sealed)
			changed[i] ^= flip
			_, err := k.Open(changed, "customers", "r1", "id_number")
			if !errors.Is(err, vault.SealedDamaged) {
				t.Fatalf("byte %d changed: %v", i, err)
			}
		}
		_, err := k.Open(sealed[:i], "customers", "r1", "id_number")
		if !errors.Is(err, vault.SealedDamaged) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
}

func TestRotation(t *testing.T) {
	first := newKeysets(t)
	before, oldIndex := seal(t, first, secret), first.BlindIndex("id_number", secret)
	oldFile := encrypted(t, first, []byte(secret), "a/b")
	second := rotated(t, first)
	opens(t, second, before, secret)
	opens(t, second, seal(t, second, secret), secret)
	if got, err := decrypted(second, oldFile, "a/b"); err != nil || string(got) != secret {
		t.Errorf("an older file: %q, %v", got, err)
	}
	if _, err := first.Open(seal(t, second, secret), "customers", "r1", "id_number"); err == nil {
		t.Error("the new primary key is not used")
	}
	newIndex := second.BlindIndex("id_number", secret)
	all := second.BlindIndexes("id_number", secret)
	if len(all) != 2 || !bytes.Equal(all[0], newIndex) || !bytes.Equal(all[1], oldIndex) {
		t.Errorf("indexes while rotating: %x", all)
	}
	if bytes.Equal(newIndex, oldIndex) || first.IndexKey() == second.IndexKey() {
		t.Error("the index did not change with its key")
	}
	third, err := second.Primaries()
	if err != nil {
		t.Fatal(err)
	}
	all = third.BlindIndexes("id_number", secret)
	if len(all) != 1 || !bytes.Equal(all[0], newIndex) {
		t.Errorf("indexes after rotating: %x", all)
	}
	opens(t, third, seal(t, second, secret), secret)
	if _, err := third.Open(before, "customers", "r1", "id_number"); err == nil {
		t.Error("a retired key still opens")
	}
	if _, err := decrypted(third, oldFile, "a/b"); err == nil {
		t.Error("a retired key still opens a file")
	}
	if len(first.BlindIndexes("id_number", secret)) != 1 {
		t.Error("rotating changed the keysets it began with")
	}
}

func TestBlindIndex(t *testing.T) {
	k := newKeysets(t)
	index := k.BlindIndex("phone", "13800138000")
	if len(index) != vault.IndexSize {
		t.Errorf("%d bytes", len(index))
	}
	if !bytes.Equal(index, k.BlindIndex("phone", "13800138000")) {
		t.Error("equal values, different indexes")
	}
	for _, other := range [][2]string{
		{"phone", "13800138001"}, {"bank_card", "13800138000"}, {"phone1", "3800138000"}, {"", ""},
	} {
		if bytes.Equal(index, k.BlindIndex(other[0], other[1])) {
			t.Errorf("%q has the same index", other)
		}
	}
	if bytes.Equal(index, newKeysets(t).BlindIndex("phone", "13800138000")) {
		t.Error("other keys, same index")
	}
}

func TestMarshalThenUnmarshal(t *testing.T) {
	root, k := testRoot(1), rotated(t, newKeysets(t))
	data, err := k.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	back, err := vault.Unmarshal(root, data)
	if err != nil {
		t.Fatal(err)
	}
	opens(t, back, seal(t, k, secret), secret)
	opens(t, k, seal(t, back, secret), secret)
	if !slices.EqualFunc(back.BlindIndexes("f", "v"), k.BlindIndexes("f", "v"), bytes.Equal) {
		t.Error("other indexes after coming back")
	}
	got, err := decrypted(back, encrypted(t, k, []byte("file"), "c"), "c")
	if err != nil || string(got) != "file" {
		t.Errorf("a file: %q, %v", got, err)
	}
	tellsNothing(t, string(data), root)
	if !strings.Contains(string(data), root.Fingerprint()) {
		t.Error("the wrapped keys do not name their root")
	}
}

func TestUnmarshalFaults(t *testing.T) {
	root := testRoot(1)
	data, err := newKeysets(t).Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	var parts map[string]any
	if err := json.Unmarshal(data, &parts); err != nil {
		t.Fatal(err)
	}
	change := func(name string, value any) []byte {
		changed := map[string]any{}
		for k, v := range parts {
			changed[k] = v
		}
		changed[name] = value
		data, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, c := range []struct {
		name string
		root *vault.Root
		data []byte
	}{
		{"another root", testRoot(2), data},
		{"nothing", root, nil},
		{"not JSON", root, []byte("{")},
		{"cut short", root, data[:len(data)-10]},
		{"another version", root, change("version", 2)},
		{"a keyset in another's place", root, change("files", parts["index"])},
		{"a keyset left out", root, change("fields", "")},
		{"too long", root, bytes.Repeat([]byte(" "), 2<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := vault.Unmarshal(c.root, c.data)
			if !errors.Is(err, vault.KeysWrongRoot) || k != nil {
				t.Errorf("got %v, %v", k, err)
			}
			tellsNothing(t, fmt.Sprint(err), c.root)
		})
	}
}

func TestKeysetsAreNeverPrinted(t *testing.T) {
	k := newKeysets(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "keysets of 1, 1 and 1 keys" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	//lint:ignore SA9005 that nothing is encoded is what is tested
	if data, err := json.Marshal(k); err != nil || string(data) != "{}" {
		t.Errorf("encoded as %s, %v", data, err)
	}
}

func encrypted(t testing.TB, k *vault.Keysets, plain []byte, context string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := k.EncryptWriter(&b, context)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(w, iotest.OneByteReader(bytes.NewReader(plain[:len(plain)%100])))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain[len(plain)%100:]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decrypted(k *vault.Keysets, data []byte, context string) ([]byte, error) {
	r, err := k.DecryptReader(bytes.NewReader(data), context)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// Lengths round the segments of 1 MiB, whose first is shorter by the header.
var fileLengths = []int{
	0, 1, 99, 100, 1<<20 - 60, 1<<20 - 57, 1<<20 - 56, 1 << 20, 1<<20 + 1, 3<<20 + 7,
}

func TestFiles(t *testing.T) {
	k := rotated(t, newKeysets(t))
	for _, n := range fileLengths {
		plain := make([]byte, n)
		rand.Read(plain)
		data := encrypted(t, k, plain, "customers/r1/scan.pdf")
		if n > 16 && bytes.Contains(data, plain[:16]) {
			t.Errorf("%d bytes are not encrypted", n)
		}
		got, err := decrypted(k, data, "customers/r1/scan.pdf")
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes come back as %d, %v", n, len(got), err)
		}
		got, err = decrypted(k, data, "customers/r2/scan.pdf")
		if !errors.Is(err, vault.FileDamaged) {
			t.Errorf("%d bytes in another place: %d bytes, %v", n, len(got), err)
		}
	}
}

// Whatever is changed, cut off, added or swapped is found, and no wrong byte is given out before.
func TestChangedFiles(t *testing.T) {
	k := newKeysets(t)
	plain := make([]byte, 2<<20+1000)
	rand.Read(plain)
	data := encrypted(t, k, plain, "c")
	const segment = 1 << 20
	swapped := slices.Concat(data[segment:2*segment], data[:segment], data[2*segment:])
	cases := map[string][]byte{
		"nothing": nil, "only the header": data[:40], "cut at a segment": data[:2*segment],
		"cut at the first segment": data[:segment], "cut by one byte": data[:len(data)-1],
		"one byte more": append(bytes.Clone(data), 0), "segments swapped": swapped,
	}
	for range 50 {
		changed, at := bytes.Clone(data), mathrand.IntN(len(data))
		changed[at] ^= 1 << mathrand.IntN(8)
		cases[fmt.Sprint("byte ", at)] = changed
	}
	for name, changed := range cases {
		got, err := decrypted(k, changed, "c")
		if !errors.Is(err, vault.FileDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: wrong bytes were given out", name)
		}
	}
}

// A file whose writer was never closed is not taken for a whole one.
func TestFileWithoutEnd(t *testing.T) {
	k := newKeysets(t)
	var b bytes.Buffer
	w, err := k.EncryptWriter(&b, "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 5<<20)); err != nil {
		t.Fatal(err)
	}
	if _, err := decrypted(k, b.Bytes(), "c"); !errors.Is(err, vault.FileDamaged) {
		t.Errorf("got %v", err)
	}
}

// A disk that fails is not a file that was tampered with.
func TestFailingDisk(t *testing.T) {
	k, broken := newKeysets(t), errors.New("the disk is broken")
	data := encrypted(t, k, make([]byte, 3<<20), "c")
	for _, readable := range []int{0, 100, 2 << 20} {
		disk := io.MultiReader(bytes.NewReader(data[:readable]), iotest.ErrReader(broken))
		r, err := k.DecryptReader(disk, "c")
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if !errors.Is(err, broken) || errors.Is(err, vault.FileDamaged) {
			t.Errorf("after %d bytes: %v", readable, err)
		}
	}
	if _, err := k.EncryptWriter(brokenWriter{broken}, "c"); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestFilesOfAnyLength(t *testing.T) {
	k := newKeysets(t)
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(r, "plain")
		context := rapid.String().Draw(r, "context")
		got, err := decrypted(k, encrypted(t, k, plain, context), context)
		if err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("%x came back as %x, %v", plain, got, err)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	k, err := vault.NewKeysets()
	if err != nil {
		f.Fatal(err)
	}
	good, err := k.Marshal(testRoot(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := vault.Unmarshal(testRoot(9), data); !errors.Is(err, vault.KeysWrongRoot) {
			t.Errorf("%q: %v", data, err)
		}
		_, err := vault.Unmarshal(testRoot(1), data)
		if err != nil && !errors.Is(err, vault.KeysWrongRoot) {
			t.Errorf("%q: %v", data, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	k, err := vault.NewKeysets()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seal(f, k, secret))
	f.Add(encrypted(f, k, []byte(secret), "c"))
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := k.Open(data, "customers", "r2", "id_number")
		if !errors.Is(err, vault.SealedDamaged) {
			t.Errorf("%x opened as %x: %v", data, plain, err)
		}
		if plain, err := decrypted(k, data, "another"); !errors.Is(err, vault.FileDamaged) {
			t.Errorf("%x decrypted to %x: %v", data, plain, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k := newKeysets(b)
	for b.Loop() {
		k.Seal([]byte(secret), "customers", "r1", "id_number")
	}
}

func BenchmarkOpen(b *testing.B) {
	k := newKeysets(b)
	sealed := seal(b, k, secret)
	for b.Loop() {
		k.Open(sealed, "customers", "r1", "id_number")
	}
}

func BenchmarkBlindIndex(b *testing.B) {
	k := newKeysets(b)
	for b.Loop() {
		k.BlindIndex("id_number", secret)
	}
}

func BenchmarkFile(b *testing.B) {
	k, plain := newKeysets(b), make([]byte, 8<<20)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		w, _ := k.EncryptWriter(io.Discard, "c")
		w.Write(plain)
		w.Close()
	}
}
