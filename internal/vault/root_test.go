package vault_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"kehu/internal/vault"
)

// testRoot is the root key that counts up from n.
func testRoot(n byte) *vault.Root {
	var r vault.Root
	for i := range r {
		r[i] = n + byte(i)
	}
	return &r
}

func TestCreateThenOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "keys")
	made, err := vault.CreateRoot(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := vault.OpenRoot(dir)
	if err != nil || *opened != *made {
		t.Fatalf("opened another key: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "root.key" {
		t.Errorf("files: %v, %v", files, err)
	}
	if _, err := vault.CreateRoot(dir, rand.Reader); !errors.Is(err, vault.KeysExist) {
		t.Errorf("a second key: %v", err)
	}
	again, err := vault.OpenRoot(dir)
	if err != nil || *again != *made {
		t.Errorf("the first key was touched: %v", err)
	}
}

func TestModesOfTheKeysFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // access is by lists there, inherited from the user's folder
	}
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := vault.CreateRoot(dir, rand.Reader); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "root.key")
	for path, want := range map[string]os.FileMode{dir: 0o700, file: 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o660, 0o666} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.OpenRoot(dir); !errors.Is(err, vault.KeysPermissions) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.OpenRoot(dir); err != nil {
		t.Errorf("a key that only its owner may read: %v", err)
	}
}

func TestOpenRootFaults(t *testing.T) {
	good := testRoot(1).Reveal()
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", vault.KeysDamaged},
		{"one letter off", strings.Replace(good, good[7:8], "Z", 1), vault.KeysDamaged},
		{"cut short", good[:len(good)-3], vault.KeysDamaged},
		{"a group too many", good + "-AAAA", vault.KeysDamaged},
		{"two groups swapped", good[5:9] + "-" + good[:4] + good[9:], vault.KeysDamaged},
		{"not letters", "根密钥", vault.KeysDamaged},
		{"all zero bytes", string(make([]byte, 64)), vault.KeysDamaged},
		{"very long", strings.Repeat(good, 100), vault.KeysDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "root.key")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := vault.OpenRoot(dir)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
			tellsNothing(t, fmt.Sprintf("%v %+v", err, errors.Unwrap(err)), testRoot(1))
		})
	}
	if _, err := vault.OpenRoot(t.TempDir()); !errors.Is(err, vault.KeysMissing) {
		t.Errorf("no key: %v", err)
	}
	_, err := vault.OpenRoot(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, vault.KeysMissing) {
		t.Errorf("no folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "root.key"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.OpenRoot(dir); !errors.Is(err, vault.KeysUnreadable) {
		t.Errorf("a folder in the key's place: %v", err)
	}
}

func TestCreateRootFaults(t *testing.T) {
	dir := t.TempDir()
	_, err := vault.CreateRoot(dir, strings.NewReader("short"))
	if !errors.Is(err, vault.KeysUnreadable) {
		t.Errorf("too little randomness: %v", err)
	}
	if _, err := vault.CreateRoot(dir, iotest.ErrReader(errors.New("none"))); err == nil {
		t.Error("a key without randomness")
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = vault.CreateRoot(filepath.Join(file, "keys"), rand.Reader)
	if !errors.Is(err, vault.KeysUnreadable) {
		t.Errorf("a file in the folder's place: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// The sheet is typed by people: case, dashes, spaces, line breaks and look-alikes do not matter.
func TestParseRootAsTyped(t *testing.T) {
	want := testRoot(40)
	text := want.Reveal()
	looks := strings.NewReplacer("O", "0", "I", "1", "B", "8")
	for name, typed := range map[string]string{
		"as printed": text, "small letters": strings.ToLower(text),
		"no dashes": strings.ReplaceAll(text, "-", ""),
		"spaces":    strings.ReplaceAll(text, "-", "  "),
		"two lines": text[:30] + "\r\n\t" + text[30:] + "\n", "look-alikes": looks.Replace(text),
		"from PowerShell": "\ufeff" + text + "\r\n",
	} {
		if got, err := vault.ParseRoot(typed); err != nil || *got != *want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRootLaws(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		root := vault.Root(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "root"))
		text := root.Reveal()
		back, err := vault.ParseRoot(text)
		if err != nil || *back != root {
			r.Fatalf("%q is read as another key: %v", text, err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		letter := rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")).Draw(r, "letter")
		if text[at] == '-' || text[at] == letter {
			return
		}
		wrong := text[:at] + string(letter) + text[at+1:]
		if got, err := vault.ParseRoot(wrong); err == nil && *got != root {
			r.Fatalf("%q is taken for a key", wrong)
		}
	})
}

// What is derived must never change, or databases and sheets in use would not open any more. The
// values were computed by another program, from RFC 5869.
func TestDerivedValuesAreFrozen(t *testing.T) {
	r := testRoot(0)
	key := r.DatabaseKey()
	for name, c := range map[string]struct{ got, want string }{
		"database key": {hex.EncodeToString(key[:]), frozenDatabaseKey},
		"fingerprint":  {r.Fingerprint(), frozenFingerprint},
		"sheet":        {r.Reveal(), frozenSheet},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s", name, c.got)
		}
	}
	if testRoot(1).Fingerprint() == r.Fingerprint() {
		t.Error("two keys, one fingerprint")
	}
}

// tellsNothing fails when a text holds the root key in any usual writing.
func tellsNothing(t *testing.T, text string, r *vault.Root) {
	t.Helper()
	forms := []string{
		string(r[:8]), hex.EncodeToString(r[:6]), r.Reveal()[:9],
		base32.StdEncoding.EncodeToString(r[:])[:8], strings.Trim(fmt.Sprint(r[:6]), "[]"),
	}
	for _, form := range forms {
		if strings.Contains(strings.ToUpper(text), strings.ToUpper(form)) {
			t.Errorf("the key stands in %q", text)
		}
	}
}

func TestRootIsNeverPrinted(t *testing.T) {
	r := testRoot(77)
	encoded, err := json.Marshal(map[string]any{"value": *r, "pointer": r})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(encoded), r.String(), r.Fingerprint()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, r), fmt.Sprintf(verb, *r),
			fmt.Sprintf(verb, struct{ R vault.Root }{*r}))
	}
	for _, text := range texts {
		tellsNothing(t, text, r)
		if !strings.Contains(text, r.Fingerprint()) {
			t.Errorf("%q does not name the key", text)
		}
	}
}

func FuzzParseRoot(f *testing.F) {
	f.Add(testRoot(3).Reveal())
	f.Add("")
	f.Add("AAAA-")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := vault.ParseRoot(text)
		if err != nil {
			if !errors.Is(err, vault.KeysDamaged) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := vault.ParseRoot(r.Reveal())
		if err != nil || !bytes.Equal(again[:], r[:]) {
			t.Errorf("%q does not come back: %v", text, err)
		}
	})
}

const (
	frozenDatabaseKey = "1238dee50596a8405868161527039a217a4bf09550245cab003b730536585672" +
		"ef20f9d85df9d66b2a33c53251d61b1abcf5ee5bf7fc66eb8f41d6c028e92f8d"
	frozenFingerprint = "b379179804bdc552"
	frozenSheet       = "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4IB-CEQT-CQKR-MFYY-DENB-WHA5-DYPY-P3BQ-NY"
)
