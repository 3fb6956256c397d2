package backups

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"kehu/collections"
	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Faults of unpacking.
var (
	ErrWrongKey = fault.Define("backup_wrong_key",
		"这把恢复密钥打不开备份 {name}，什么都没有改动；请使用制作该备份时恢复表上的密钥",
		"This identity does not open the backup {name}, nothing was touched: use the one of the recovery "+
			"sheet of its time")
	ErrWrongRoot = fault.Define("backup_wrong_root",
		"备份 {name} 需要指纹为 {wanted} 的主密钥，这把是 {given}；请用 --root-key 指定恢复表上的主密钥",
		"The backup {name} needs the root key with the fingerprint {wanted}, this one is {given}: name the "+
			"one of the recovery sheet by --root-key")
	ErrNewer = fault.Define("backup_newer",
		"备份 {name} 由更新的版本 {version} 制作，本版本不认识它的数据结构（{schema}）；请先升级程序再恢复",
		"The backup {name} was made by the newer version {version}, whose tables this one does not know "+
			"({schema}): upgrade the program first")
	ErrForeign = fault.Define("backup_foreign",
		"备份 {name} 不是由持有该主密钥的系统制作的，内容不可信，什么都没有改动",
		"The backup {name} was not made by the register of this root key and cannot be trusted, nothing "+
			"was touched")
)

// Limits of what is unpacked.
const (
	maxWindow   = 64 << 20
	maxManifest = 1 << 30
	maxAbout    = 1 << 20
)

// storedName is where a stored file stands in a backup: collection, record, file.
var storedName = regexp.MustCompile(`^files/([A-Za-z0-9_]+)/([A-Za-z0-9_-]+)/([A-Za-z0-9_-][A-Za-z0-9._-]*)$`)

// unpacking takes a backup apart into an empty directory. Nothing is written in plain: databases
// are encrypted by the root key as they come, files by the keysets of the database before them.
type unpacking struct {
	dir    string
	root   *vault.Root
	sealed func(collection string) bool
	name   string // for sentences

	about About
	met   []Entry
	keys  *vault.Keysets
	ids   map[string]string // collection → id
}

// unpack reads a whole backup into dir and checks it: every byte authenticated, every entry as the
// manifest says, the manifest vouched for by the root key.
func (u *unpacking) unpack(ctx context.Context, body io.Reader, identities []age.Identity) (*Manifest, error) {
	plain, err := age.Decrypt(body, identities...)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, ErrWrongKey.With("name", u.name)
	}
	if err != nil {
		return nil, u.damaged(err)
	}
	unzipped, err := zstd.NewReader(plain, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return nil, u.damaged(err)
	}
	defer unzipped.Close()
	source := withContext(ctx, unzipped)
	t := tar.NewReader(source)
	var manifest *Manifest
	for {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, u.damaged(orDone(ctx, err))
		}
		if manifest != nil {
			return nil, u.damaged(errors.New("entries after the manifest"))
		}
		if manifest, err = u.entry(header, t); err != nil {
			return nil, orDone(ctx, err)
		}
	}
	if _, err := io.Copy(io.Discard, source); err != nil { // the end of the stream is authenticated too
		return nil, u.damaged(orDone(ctx, err))
	}
	if manifest == nil {
		return nil, u.damaged(errors.New("no manifest"))
	}
	return manifest, u.compare(manifest)
}

// orDone is the context's error where it has ended: that is no damage.
func orDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (u *unpacking) damaged(err error) error {
	if _, known := fault.Of(err); known || full(err) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return ErrDamaged.With("name", u.name, "why", err).Because(err)
}

// entry takes one file of the backup; the manifest is answered.
func (u *unpacking) entry(h *tar.Header, content io.Reader) (*Manifest, error) {
	if h.Typeflag != tar.TypeReg {
		return nil, u.damaged(fmt.Errorf("%q is no file", h.Name))
	}
	if (len(u.met) == 0) != (h.Name == aboutName) {
		return nil, u.damaged(fmt.Errorf("%q stands in the wrong place", h.Name))
	}
	switch {
	case h.Name == manifestName:
		var m Manifest
		if err := json.NewDecoder(io.LimitReader(content, maxManifest)).Decode(&m); err != nil {
			return nil, u.damaged(err)
		}
		return &m, nil
	case h.Name == aboutName:
		return nil, u.take(h, content, u.readAbout)
	case h.Name == readmeName:
		return nil, u.take(h, content, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
	case h.Name == dataName, h.Name == auxName:
		return nil, u.take(h, content, func(r io.Reader) error { return u.database(h.Name, r) })
	}
	parts := storedName.FindStringSubmatch(h.Name)
	if parts == nil {
		return nil, u.damaged(fmt.Errorf("%q is no name of a backup's file", h.Name))
	}
	return nil, u.take(h, content, func(r io.Reader) error { return u.stored(parts[1], parts[2], parts[3], r) })
}

// take sums an entry while do reads it.
func (u *unpacking) take(h *tar.Header, content io.Reader, do func(io.Reader) error) error {
	sum := &summed{r: content, sum: sha256.New()}
	if err := do(sum); err != nil {
		return u.damaged(err)
	}
	if sum.n != h.Size {
		return u.damaged(io.ErrUnexpectedEOF)
	}
	u.met = append(u.met, Entry{h.Name, sum.n, hex.EncodeToString(sum.sum.Sum(nil))})
	return nil
}

// readAbout refuses early what could not be restored anyway.
func (u *unpacking) readAbout(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, maxAbout))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &u.about); err != nil {
		return err
	}
	if unknown := collections.CompareSchema(u.about.Schema).Unknown; u.about.Format > format || len(unknown) > 0 {
		return ErrNewer.With("name", u.name, "version", u.about.Product, "schema", strings.Join(unknown, ", "))
	}
	if u.about.Root != u.root.Fingerprint() {
		return ErrWrongRoot.With("name", u.name, "wanted", u.about.Root, "given", u.root.Fingerprint())
	}
	return nil
}

func (u *unpacking) database(name string, r io.Reader) error {
	file, err := os.OpenFile(filepath.Join(u.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sealed := cipherdb.NewWriter(file, u.root.DatabaseKey())
	_, err = io.CopyBuffer(onlyWriter{sealed}, r, make([]byte, copyBuffer))
	if err == nil {
		err = sealed.Close()
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil || name != dataName {
		return err
	}
	return u.readKeys()
}

// readKeys opens the database that was just unpacked for the keysets and the ids of collections.
func (u *unpacking) readKeys() (err error) {
	db, err := openDatabase(u.dir, u.root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var wrapped []byte
	if err := db.QueryRow("SELECT wrapped FROM kehu_keysets WHERE id = 1").Scan(&wrapped); err != nil {
		return err
	}
	if u.keys, err = vault.Unmarshal(u.root, wrapped); err != nil {
		return err
	}
	u.ids = map[string]string{}
	pairs, err := texts(context.Background(), db, "SELECT id || '/' || name FROM _collections")
	for _, pair := range pairs {
		id, name, _ := strings.Cut(pair, "/")
		u.ids[name] = id
	}
	return err
}

func openDatabase(dir string, root *vault.Root) (*sql.DB, error) {
	db, err := cipherdb.Open(filepath.Join(dir, dataName), root.DatabaseKey(), cipherdb.Options{})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func (u *unpacking) stored(collection, record, name string, r io.Reader) error {
	id := u.ids[collection]
	if id == "" {
		return fmt.Errorf("there is no collection %q", collection)
	}
	f := stored{collection, id, record, name}
	path := filepath.Join(u.dir, "storage", filepath.FromSlash(f.key()))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(u.fill(file, f, r), file.Sync(), file.Close())
}

func (u *unpacking) fill(file io.Writer, f stored, r io.Reader) error {
	if !u.sealed(f.collection) {
		_, err := io.Copy(file, r)
		return err
	}
	sealed, err := u.keys.EncryptWriter(file, f.context())
	if err != nil {
		return err
	}
	_, err = io.Copy(sealed, r)
	return errors.Join(err, sealed.Close())
}

// compare holds what was met to the manifest.
func (u *unpacking) compare(m *Manifest) error {
	wanted, err := m.seal(u.root)
	if err != nil {
		return err
	}
	if m.Seal != wanted {
		return ErrForeign.With("name", u.name)
	}
	byName := func(all []Entry) []Entry {
		all = slices.Clone(all)
		sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
		return all
	}
	if !slices.Equal(byName(m.Entries), byName(u.met)) {
		return u.damaged(errors.New("清单与内容不符 / the manifest differs from what is there"))
	}
	return nil
}

// Proof is what was found in an unpacked backup.
type Proof struct {
	Tables int   `json:"tables"`
	Rows   int   `json:"rows"`
	Files  int   `json:"files"`
	Log    Log   `json:"log"`
	Trial  Trial `json:"trial"`
}

// check reads the unpacked databases: their structure, the rows of every table, the audit log. A log
// that was tampered with before the backup hinders no restore; it is told of.
func (u *unpacking) check(ctx context.Context, m *Manifest) (p Proof, err error) {
	db, err := openDatabase(u.dir, u.root)
	if err != nil {
		return p, u.damaged(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil || said != "ok" {
		return p, u.damaged(errors.Join(err, fmt.Errorf("integrity_check: %s", said)))
	}
	counts, err := countsOf(ctx, db)
	if err != nil {
		return p, u.damaged(err)
	}
	for table, n := range m.Counts {
		if counts[table] != n {
			return p, u.damaged(fmt.Errorf("%s: %d rows, not %d", table, counts[table], n))
		}
		p.Rows += n
	}
	chain, err := chainOf(ctx, db)
	if err != nil || (chain == nil) != (m.Audit == nil) || chain != nil && *chain != *m.Audit {
		return p, u.damaged(errors.Join(err, fmt.Errorf("audit log: %v, not %v", chain, m.Audit)))
	}
	if p.Log, err = u.readLog(db, m); err != nil {
		return p, u.damaged(err)
	}
	p.Tables = len(m.Counts)
	for _, e := range u.met {
		if strings.HasPrefix(e.Name, filesFolder) {
			p.Files++
		}
	}
	return p, nil
}
