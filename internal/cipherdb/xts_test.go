package cipherdb

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/vfs"
	_ "github.com/ncruces/go-sqlite3/vfs/xts"
	oracle "golang.org/x/crypto/xts"
	"pgregory.net/rapid"
)

// The mode is held equal to Go's own, for any key, number and length.
func TestXTSIsGosXTS(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		key := Key(rapid.SliceOfN(rapid.Byte(), KeySize, KeySize).Draw(r, "key"))
		number := rapid.Uint64Range(0, 1<<40).Draw(r, "number")
		n := rapid.IntRange(1, 4).Draw(r, "sectors") * sectorSize
		plain := rapid.SliceOfN(rapid.Byte(), n, n).Draw(r, "plain")
		gos, err := oracle.NewCipher(aes.NewCipher, key[:])
		if err != nil {
			r.Fatal(err)
		}
		want := make([]byte, n)
		for at := 0; at < n; at += sectorSize {
			end, i := at+sectorSize, number+uint64(at/sectorSize)
			gos.Encrypt(want[at:end], plain[at:end], i)
		}
		got, x := bytes.Clone(plain), newXTS(key)
		x.encrypt(got, number)
		if !bytes.Equal(got, want) {
			r.Fatal("encrypts differently")
		}
		x.decrypt(got, number)
		if !bytes.Equal(got, plain) {
			r.Fatal("does not come back")
		}
	})
}

// IEEE Std 1619-2018, annex B, vector 10: AES-256, sector ff, 512 bytes counting up twice.
func TestXTSVector(t *testing.T) {
	var key Key
	hex.Decode(key[:32], []byte("2718281828459045235360287471352662497757247093699959574966967627"))
	hex.Decode(key[32:], []byte("3141592653589793238462643383279502884197169399375105820974944592"))
	sector := make([]byte, sectorSize)
	for i := range sector {
		sector[i] = byte(i)
	}
	newXTS(key).encrypt(sector, 0xff)
	const begins, ends = "1c3b3a102f770386e4836c99e370cf9b", "c4f36ffda9fcea70b9c6e693e148c151"
	if got := hex.EncodeToString(sector[:16]); got != begins {
		t.Errorf("begins with %s", got)
	}
	if got := hex.EncodeToString(sector[sectorSize-16:]); got != ends {
		t.Errorf("ends with %s", got)
	}
}

// memory is a file in memory that counts calls.
type memory struct {
	vfs.File
	data  []byte
	calls int
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	m.calls++
	if off >= int64(len(m.data)) {
		return 0, io.EOF
	}
	n := copy(p, m.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.calls++
	if grow := int(off) + len(p) - len(m.data); grow > 0 {
		m.data = append(m.data, make([]byte, grow)...)
	}
	return copy(m.data[off:], p), nil
}

func (m *memory) Truncate(size int64) error {
	m.data = append(m.data, make([]byte, max(0, int(size)-len(m.data)))...)[:size]
	return nil
}

// Whatever is written where and in whatever order, the file reads like one that is not encrypted.
func TestCipherFileIsAFile(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		base := &memory{}
		f := &cipherFile{File: base, xts: newXTS(Key{1})}
		var model []byte
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			off := rapid.IntRange(0, len(model)).Draw(r, "off")
			n := rapid.SampledFrom([]int{1, 24, 32, 511, 512, 513, 4096, 4120}).Draw(r, "length")
			if rapid.Bool().Draw(r, "write") {
				p := rapid.SliceOfN(rapid.Byte(), n, n).Draw(r, "bytes")
				if wrote, err := f.WriteAt(p, int64(off)); err != nil || wrote != n {
					r.Fatalf("wrote %d, %v", wrote, err)
				}
				model = append(model, make([]byte, max(0, off+n-len(model)))...)
				copy(model[off:], p)
				continue
			}
			got := make([]byte, n)
			read, err := f.ReadAt(got, int64(off))
			padded := make([]byte, roundUp(int64(len(model))))
			copy(padded, model)
			want := padded[min(off, len(padded)):min(off+n, len(padded))]
			if !bytes.Equal(got[:read], want) || (err == nil) != (read == n) {
				r.Fatalf("read %d of %d bytes at %d, %v", read, n, off, err)
			}
		}
		if len(base.data)%sectorSize != 0 {
			r.Fatalf("the file has %d bytes", len(base.data))
		}
	})
}

func TestCipherFileMovesPagesWhole(t *testing.T) {
	base := &memory{}
	f := &cipherFile{File: base, xts: newXTS(Key{1})}
	page := bytes.Repeat([]byte("page"), 1024)
	for _, step := range []func([]byte, int64) (int, error){f.WriteAt, f.ReadAt} {
		base.calls = 0
		if _, err := step(page, 8192); err != nil || base.calls != 1 {
			t.Errorf("%d calls for one page, %v", base.calls, err)
		}
	}
	if _, err := f.ReadAt(make([]byte, 10), 1<<20); err != io.EOF {
		t.Errorf("past the end: %v", err)
	}
	base.data = base.data[:8192+100]
	got := make([]byte, 512)
	if n, err := f.ReadAt(got, 8192); n != 0 || err != io.EOF {
		t.Errorf("a sector cut off: %d bytes, %v", n, err)
	}
	if _, err := f.WriteAt([]byte("x"), 8192); err != nil {
		t.Error(err)
	}
	if n, err := f.ReadAt(got, 8192); n != 512 || err != nil || string(got[:2]) != "x\x00" {
		t.Errorf("after mending it: %d bytes, %v", n, err)
	}
}

type brokenFile struct{ vfs.File }

var errBroken = errors.New("broken")

func (brokenFile) ReadAt([]byte, int64) (int, error)  { return 0, errBroken }
func (brokenFile) WriteAt([]byte, int64) (int, error) { return 0, errBroken }

func TestCipherFilePassesErrorsOn(t *testing.T) {
	f := &cipherFile{File: brokenFile{}, xts: newXTS(Key{1})}
	for _, n := range []int{10, 512, 600} {
		if _, err := f.ReadAt(make([]byte, n), 512); !errors.Is(err, errBroken) {
			t.Errorf("reading %d: %v", n, err)
		}
		if _, err := f.WriteAt(make([]byte, n), 512); !errors.Is(err, errBroken) {
			t.Errorf("writing %d: %v", n, err)
		}
	}
}

// The driver's own encrypting file system opens our databases, and we open its: should this
// package ever be given up, nothing has to be converted.
func TestDriversOwnVFSReadsOurFiles(t *testing.T) {
	key := Key{7, 8, 9}
	for _, ours := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "data.db")
		theirs := func() (string, error) { return throughTheirs(path, key) }
		mine := func() (string, error) { return throughOurs(path, key) }
		first, second := mine, theirs
		if !ours {
			first, second = theirs, mine
		}
		if got, err := first(); err != nil || got != "1" {
			t.Errorf("first: %q, %v", got, err)
		}
		if got, err := second(); err != nil || got != "2" {
			t.Errorf("second: %q, %v", got, err)
		}
	}
}

const visit = `CREATE TABLE IF NOT EXISTS a (b); INSERT INTO a VALUES (randomblob(10000));
	PRAGMA wal_checkpoint(PASSIVE); SELECT 1`

func throughOurs(path string, key Key) (count string, err error) {
	db, err := Open(path, key, Options{})
	if err != nil {
		return "", err
	}
	defer db.Close()
	if _, err := db.Exec(visit); err != nil {
		return "", err
	}
	return count, db.QueryRow("SELECT count(*) FROM a").Scan(&count)
}

func throughTheirs(path string, key Key) (count string, err error) {
	db, err := driver.Open("file:"+filepath.ToSlash(path)+"?vfs=xts", func(c *sqlite3.Conn) error {
		return c.Exec("PRAGMA hexkey='" + hex.EncodeToString(key[:]) + "'; PRAGMA journal_mode=WAL")
	})
	if err != nil {
		return "", err
	}
	defer db.Close()
	if _, err := db.Exec(visit); err != nil {
		return "", err
	}
	return count, db.QueryRow("SELECT count(*) FROM a").Scan(&count)
}

func BenchmarkXTS(b *testing.B) {
	x, page := newXTS(Key{1}), make([]byte, 4096)
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		x.decrypt(page, 1)
	}
}
