package backups

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/cipherdb"
)

// Limits of what a backup is written with.
const (
	compressors  = 1         // the rest of the machine is for the people
	copyBuffer   = 256 << 10 // bytes
	maxInMemory  = 16 << 20  // a stored file up to this size is read once
	openFileMode = 0o600
)

// Names within a backup.
const (
	aboutName    = "about.json"
	readmeName   = "README.txt"
	dataName     = "data.db"
	auxName      = "auxiliary.db"
	filesFolder  = "files/"
	manifestName = "manifest.json"
)

// source is one moment of the register, ready to be written.
type source struct {
	k         *Keeper
	about     About
	to        []age.Recipient
	data, aux cipherdb.Moment
	trees     []tree // of data that are counted
	audit     *Chain
	plain     int64 // bytes of the tar that was written last
}

// take takes the moment of both databases. While a backup goes into a folder it is read from the
// files themselves, which are held still; another place may be slow, and gets it from consistent
// copies beside the data, encrypted with keys that only this process holds.
func (k *Keeper) take(ctx context.Context, about About, to []age.Recipient, p place) (*source, error) {
	s := &source{k: k, about: about, to: to}
	if err := s.read(ctx, p); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *source) read(ctx context.Context, p place) (err error) {
	_, quick := p.(folder)
	if s.data, err = s.k.moment(ctx, s.k.App.ConcurrentDB(), quick); err != nil {
		return err
	}
	if s.aux, err = s.k.moment(ctx, s.k.App.AuxConcurrentDB(), quick); err != nil {
		return err
	}
	if s.about.Schema, err = schemaOf(ctx, s.data.DB()); err != nil {
		return err
	}
	if s.audit, err = chainOf(ctx, s.data.DB()); err != nil {
		return err
	}
	s.trees, err = treesOf(ctx, s.data.DB())
	return err
}

// moment holds a database still, or copies it where it may be needed for long or does not come to a
// rest.
func (k *Keeper) moment(ctx context.Context, of dbx.Builder, quick bool) (cipherdb.Moment, error) {
	db := of.(*dbx.DB).DB()
	if quick {
		held, err := cipherdb.Hold(ctx, db)
		if err == nil {
			return held, nil
		}
		if !errors.Is(err, cipherdb.ErrMoving) {
			return nil, err
		}
	}
	copied, err := cipherdb.NewSnapshot(ctx, db, k.DataDir, random)
	if err != nil {
		return nil, err
	}
	return copied, nil
}

func (s *source) close() {
	for _, moment := range []cipherdb.Moment{s.data, s.aux} {
		if moment != nil {
			_ = moment.Close() // what stays is unreadable, and swept at the next start
		}
	}
}

// schemaOf lists the changes of the tables that were made, in their order.
func schemaOf(ctx context.Context, db cipherdb.Queryer) ([]string, error) {
	return texts(ctx, db, "SELECT file FROM "+core.DefaultMigrationsTable+" ORDER BY file")
}

func texts(ctx context.Context, db cipherdb.Queryer, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// tree is a table, and the page at which it begins.
type tree struct {
	table string
	root  uint32
}

// treesOf lists the tables whose rows a backup counts: those of the search index's own form are left out.
func treesOf(ctx context.Context, db cipherdb.Queryer) ([]tree, error) {
	rows, err := db.QueryContext(ctx, `SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'kehu\_search%' ESCAPE '\'
		AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []tree
	for rows.Next() {
		var t tree
		if err := rows.Scan(&t.table, &t.root); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// countsOf asks for the rows of those tables.
func countsOf(ctx context.Context, db cipherdb.Queryer) (map[string]int, error) {
	trees, err := treesOf(ctx, db)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, t := range trees {
		var n int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+quoted(t.table)).Scan(&n); err != nil {
			return nil, err
		}
		counts[t.table] = n
	}
	return counts, nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// chainOf is the end of the audit log, nil where there is none.
func chainOf(ctx context.Context, db cipherdb.Queryer) (*Chain, error) {
	var columns int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info('audit_log')
		WHERE name IN ('seq', 'hash')`).Scan(&columns)
	if err != nil || columns < 2 {
		return nil, err
	}
	c := &Chain{}
	err = db.QueryRowContext(ctx, "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1").Scan(&c.Seq, &c.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return c, err
}

// write streams the whole backup: tar, compressed, encrypted. Nothing of it touches a disk in plain.
func (s *source) write(ctx context.Context, w io.Writer) (*Manifest, error) {
	sealed, err := age.Encrypt(w, s.to...)
	if err != nil {
		return nil, err
	}
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(compressors))
	if err != nil {
		return nil, err
	}
	counted := &counter{w: packed}
	t := &tarball{tar: tar.NewWriter(counted), at: s.about.At, ctx: ctx}
	m := &Manifest{About: s.about, Audit: s.audit}
	err = s.fill(t, m)
	if err == nil {
		err = t.tar.Close()
	}
	if err == nil {
		err = packed.Close()
	} else {
		packed.Reset(nil) // ends its goroutines without writing
	}
	s.plain = counted.n
	if err != nil {
		return nil, err
	}
	return m, sealed.Close()
}

func (s *source) fill(t *tarball, m *Manifest) error {
	about, err := json.MarshalIndent(s.about, "", "  ")
	if err != nil {
		return err
	}
	err = errors.Join(t.addBytes(aboutName, about), t.addBytes(readmeName, []byte(readme)))
	if err != nil {
		return err
	}
	tally := &cipherdb.Tally{}
	if err := t.addMoment(dataName, s.data, tally); err != nil {
		return err
	}
	if err := t.addMoment(auxName, s.aux, io.Discard); err != nil {
		return err
	}
	m.Counts = map[string]int{}
	for _, tree := range s.trees {
		rows, err := tally.Rows(tree.root)
		if err != nil {
			return fmt.Errorf("%s: %w", tree.table, err)
		}
		m.Counts[tree.table] = int(rows)
	}
	if m.Missing, err = s.addFiles(t); err != nil {
		return err
	}
	m.Entries = t.entries
	if m.Seal, err = m.seal(s.k.Root()); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return t.addBytes(manifestName, text)
}

// tarball writes entries and remembers what they were.
type tarball struct {
	ctx     context.Context
	tar     *tar.Writer
	at      time.Time
	entries []Entry
	buffer  []byte
}

func (t *tarball) addBytes(name string, content []byte) error {
	return t.add(name, int64(len(content)), bytes.NewReader(content))
}

// addMoment adds a database, which also passes through look.
func (t *tarball) addMoment(name string, m cipherdb.Moment, look io.Writer) error {
	plain, err := m.Plain()
	if err != nil {
		return err
	}
	defer plain.Close()
	return t.add(name, m.Size(), io.TeeReader(plain, look))
}

func (t *tarball) add(name string, size int64, content io.Reader) error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	err := t.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: openFileMode, ModTime: t.at,
		Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	if t.buffer == nil {
		t.buffer = make([]byte, copyBuffer)
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(onlyWriter{t.tar}, sum),
		struct{ io.Reader }{withContext(t.ctx, content)}, t.buffer)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	t.entries = append(t.entries, Entry{filepath.ToSlash(name), size, hex.EncodeToString(sum.Sum(nil))})
	return err
}

// counter counts what passes.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
