package backups

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/rogpeppe/go-internal/robustio"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/policy"
	"kehu/internal/vault"
)

// Faults of restoring.
var (
	ErrOrigin = fault.Define("backup_origin",
		"找不到备份 {name}：请给出备份文件、文件夹，或 s3://桶/前缀?endpoint=…&region=…",
		"The backup {name} is not found: name a file, a folder, or s3://bucket/prefix?endpoint=…&region=…")
	ErrTrial = fault.Define("backup_trial",
		"备份 {name} 解开后不能使用（{why}），什么都没有改动；请换另一份备份",
		"The backup {name} was unpacked but does not work ({why}), nothing was touched: use another one")
)

// Restore brings a backup back. It needs no database.
type Restore struct {
	Dir, Keys  string
	Identities []age.Identity
	Root       *vault.Root
	Sealed     func(collection string) bool
	// Try starts the application on the restored directory, which brings its tables up to date, and
	// asks it.
	Try    func(ctx context.Context, dir string, root *vault.Root) (Trial, error)
	Clock  func() time.Time
	DryRun bool
	By     Actor
}

// Restored is a backup that was brought back, or could be.
type Restored struct {
	Name    string    `json:"name"`
	At      time.Time `json:"at"`
	Product string    `json:"product"`
	Aside   string    `json:"aside,omitempty"` // where what was there lies now
	Erased  int       `json:"erased"`          // persons erased since the backup was made
	Missing []string  `json:"missing,omitempty"`
	Proof
}

// Origin is where a backup comes from.
type Origin struct {
	at   place
	name string
}

// FindOrigin finds a backup by what people give: a file; a folder or s3://bucket/prefix, whose
// newest it is; or a name within from, which is a folder or store.
func FindOrigin(ctx context.Context, given, from string, env func(string) string) (*Origin, error) {
	if strings.HasPrefix(given, "s3://") && from == "" {
		from, given = given, ""
		if u, err := url.Parse(from); err == nil && strings.HasSuffix(u.Path, bodySuffix) {
			given = BaseName(u.Path)
			u.Path = u.Path[:strings.LastIndex(u.Path, "/")+1]
			from = u.String()
		}
	}
	if strings.HasPrefix(from, "s3://") {
		s, err := storeOf(from, env)
		if err != nil {
			return nil, err
		}
		return newestOf(ctx, s, BaseName(given), given == "")
	}
	if info, err := os.Stat(given); err == nil && given != "" {
		if info.IsDir() {
			return newestOf(ctx, folder{called: given, path: given}, "", true)
		}
		return &Origin{folder{called: filepath.Dir(given), path: filepath.Dir(given)}, BaseName(given)}, nil
	}
	return newestOf(ctx, folder{called: from, path: from}, BaseName(given), given == "")
}

// storeOf reads s3://bucket/prefix?endpoint=…&region=…&path_style=1; the access keys come from the
// environment, so that no list of processes shows them.
func storeOf(given string, env func(string) string) (place, error) {
	u, err := url.Parse(given)
	if err != nil || u.Host == "" || u.Query().Get("endpoint") == "" {
		return nil, ErrOrigin.With("name", given)
	}
	q := u.Query()
	region := q.Get("region")
	if region == "" {
		region = "us-east-1"
	}
	at := policy.BackupPlace{Name: "s3", Kind: "s3", Endpoint: q.Get("endpoint"), Region: region,
		Bucket: u.Host, Prefix: strings.TrimPrefix(u.Path, "/"), PathStyle: q.Get("path_style") == "1"}
	keys := StoreKeys{env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")}
	return store{called: given, at: at, keys: keys, stall: 5 * time.Minute}, nil
}

func newestOf(ctx context.Context, p place, name string, newest bool) (*Origin, error) {
	objects, err := p.list(ctx, namePrefix)
	if err != nil {
		return nil, ErrOrigin.With("name", p.name()).Because(err)
	}
	best := &Origin{at: p}
	var at time.Time
	for _, o := range objects {
		base := BaseName(o.name)
		if !strings.HasSuffix(o.name, bodySuffix) || !newest && base != name {
			continue
		}
		l, err := readLabel(ctx, p, base)
		if !newest || err == nil && l.Size == o.size && l.At.After(at) {
			best.name, at = base, l.At
		}
	}
	if best.name == "" {
		return nil, ErrOrigin.With("name", strings.Trim(p.name()+"/"+name, "/"))
	}
	return best, nil
}

// Name is the name of the backup that was found.
func (o *Origin) Name() string { return o.name }

// Names within the data directory while a restore is under way, and after it.
const (
	restoreFolder = ".kehu-restore"
	stagedFolder  = "new"
	readyName     = "ready.json"
	movedName     = "moved"
	asidePrefix   = ".kehu-before-"
	lockName      = ".kehu.lock"
	pendingKeys   = "restore-pending"
	rootFile      = "root.key"
)

// ready says that a restore was checked to its end: from here on it is finished, whatever stops it.
type ready struct {
	Name  string `json:"name"`
	Aside string `json:"aside"` // suffix
}

// Run checks a backup to its end beside the data, and only then puts it in their place. The caller
// holds the data directory. Killed at any point it leaves the old data or the new, and goes on where
// it is run again.
func (r *Restore) Run(ctx context.Context, from *Origin) (*Restored, error) {
	out, err := r.Prepare(ctx, from)
	if err != nil || r.DryRun {
		return out, err
	}
	return out, Finish(r.Dir, r.Keys)
}

// Prepare checks a backup to its end beside the data and leaves it ready: the next Finish, which is
// that of the next start, puts it in their place.
func (r *Restore) Prepare(ctx context.Context, from *Origin) (*Restored, error) {
	staging := filepath.Join(r.Dir, restoreFolder)
	if err := robustio.RemoveAll(staging); err != nil {
		return nil, err
	}
	staged := filepath.Join(staging, stagedFolder)
	if err := os.MkdirAll(staged, 0o700); err != nil {
		return nil, r.inWords(err)
	}
	out, err := r.stage(ctx, from, staged)
	if err != nil || r.DryRun {
		return out, errors.Join(err, robustio.RemoveAll(staging))
	}
	return out, nil
}

// stage checks a backup to its end beside the data and marks it ready.
func (r *Restore) stage(ctx context.Context, from *Origin, staged string) (*Restored, error) {
	if l, err := readLabel(ctx, from.at, from.name); err == nil {
		if err := roomFor(r.Dir, l.Plain); err != nil {
			return nil, err
		}
	}
	body, err := from.at.open(ctx, from.name+bodySuffix)
	if err != nil {
		return nil, ErrOrigin.With("name", from.name).Because(err)
	}
	defer body.Close()
	u := &unpacking{dir: staged, root: r.Root, sealed: r.Sealed, name: from.name}
	m, err := u.unpack(ctx, body, r.Identities)
	if err != nil {
		return nil, r.inWords(err)
	}
	out := &Restored{Name: m.Name, At: m.At, Product: m.Product, Missing: m.Missing}
	if out.Proof, err = u.check(ctx, m); err != nil {
		return nil, r.inWords(err)
	}
	if err := r.settle(staged, m); err != nil {
		return nil, r.inWords(err)
	}
	if out.Trial, err = r.Try(ctx, staged, r.Root); full(err) {
		return nil, r.inWords(err)
	} else if err != nil {
		return nil, ErrTrial.With("name", m.Name, "why", why(err)).Because(err)
	}
	if out.Trial.Customers != m.Counts["customers"] {
		return nil, ErrTrial.With("name", m.Name, "why",
			fmt.Sprintf("%d customers, not %d", out.Trial.Customers, m.Counts["customers"]))
	}
	if r.DryRun {
		return out, nil
	}
	erased, err := r.erasures(ctx, from)
	if err != nil {
		return nil, err
	}
	out.Erased = len(erased)
	aside := freeAside(r.Dir, r.Clock().Format(nameLayout))
	out.Aside = filepath.Join(r.Dir, asidePrefix+aside)
	anchors, err := r.record(staged, m, aside)
	if err != nil {
		return nil, r.inWords(err)
	}
	return out, r.commit(staged, ready{Name: m.Name, Aside: aside}, erased, anchors)
}

// freeAside is a name that no earlier restore has used: two may come within one second.
func freeAside(dir, moment string) string {
	aside := moment
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(dir, asidePrefix+aside)); err != nil {
			return aside
		}
		aside = fmt.Sprintf("%s-%d", moment, n)
	}
}

// inWords: a full disk says so, everything else has its own words already.
func (r *Restore) inWords(err error) error {
	if full(err) {
		return ErrNoRoom.With("where", r.Dir).Because(err)
	}
	return err
}

// settle tells the restored books what happened: the backup that they call running was whole, and
// was brought back. Stored files are looked for where the restore has put them. A drill identity that
// is not on this machine is forgotten, so that the next start makes one.
func (r *Restore) settle(staged string, m *Manifest) error {
	db, err := openDatabase(staged, r.Root)
	if err != nil {
		return err
	}
	books, err := texts(context.Background(), db, bookTables)
	if err != nil || len(books) < 2 { // the tables of an older program: the next start brings them up to date
		return errors.Join(err, db.Close())
	}
	now := collections.Stamp(r.Clock())
	id := security.PseudorandomStringWithAlphabet(15, "abcdefghijklmnopqrstuvwxyz0123456789")
	_, err1 := db.Exec("UPDATE backups_log SET state = 'done' WHERE state = 'running' AND name = ?", m.Name)
	_, err2 := db.Exec(`INSERT INTO backups_log (id, name, kind, at, size, sha256, location, state, verified_at,
		duration, places, counts, error, by, by_name, created, updated)
		VALUES (?, ?, 'restore', ?, 0, '', '', 'done', '', 0, 'null', 'null', '', ?, ?, ?, ?)`,
		id, m.Name, now, r.By.ID, r.By.Name, now, now)
	var err3 error
	if _, err := os.Stat(identityFile(r.Keys, DrillRole)); errors.Is(err, os.ErrNotExist) {
		_, err3 = db.Exec("DELETE FROM kehu_recipients WHERE role = ?", DrillRole)
	}
	// the stored files lie in the data directory now, wherever they lay before
	_, err4 := db.Exec(`UPDATE _params SET value = json_set(value, '$.s3.enabled', json('false'))
		WHERE id = 'settings' AND json_extract(value, '$.s3.enabled')`)
	return errors.Join(err1, err2, err3, err4, db.Close())
}

// commit makes the staged data and the key that opens them durable, then marks them ready.
func (r *Restore) commit(staged string, mark ready, erased []collections.Erasure, anchors []byte) error {
	if err := flushTree(staged); err != nil {
		return r.inWords(err)
	}
	if err := r.commitKeys(erased, anchors); err != nil {
		return r.inWords(err)
	}
	text, err := json.Marshal(mark)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(filepath.Dir(staged), readyName), strings.NewReader(string(text)), nil)
}

// commitKeys lays ready what the keys folder needs: the root key where another one or none is there,
// the list of erasures, which the next start works, and the anchors of the restored audit log.
func (r *Restore) commitKeys(erased []collections.Erasure, anchors []byte) error {
	pending := filepath.Join(r.Keys, pendingKeys)
	if err := errors.Join(robustio.RemoveAll(pending), os.MkdirAll(pending, 0o700)); err != nil {
		return err
	}
	here, err := vault.OpenRoot(r.Keys)
	if err != nil || here.Fingerprint() != r.Root.Fingerprint() {
		if err := r.Root.Store(pending); err != nil {
			return err
		}
	}
	var text bytes.Buffer
	if err := collections.WriteErasures(&text, erased); err != nil {
		return err
	}
	return errors.Join(writeWhole(filepath.Join(pending, erasedFile), &text, nil),
		writeWhole(filepath.Join(pending, anchorFile), bytes.NewReader(anchors), nil), flushDir(r.Keys))
}

func flushTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return flushDir(path)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// Finish puts data that a restore has made ready in their place. Every step may be repeated, so it
// goes on wherever it was stopped. It does nothing where no restore is ready.
func Finish(dir, keys string) error {
	staging := filepath.Join(dir, restoreFolder)
	text, err := os.ReadFile(filepath.Join(staging, readyName))
	if errors.Is(err, os.ErrNotExist) {
		return robustio.RemoveAll(staging) // one that was not checked to its end
	}
	var mark ready
	if err == nil {
		err = json.Unmarshal(text, &mark)
	}
	if err != nil {
		return err
	}
	moved := filepath.Join(staging, movedName)
	if _, err := os.Stat(moved); errors.Is(err, os.ErrNotExist) {
		if err := moveAside(dir, filepath.Join(dir, asidePrefix+mark.Aside)); err != nil {
			return err
		}
		if err := writeWhole(moved, strings.NewReader(""), nil); err != nil {
			return err
		}
	}
	if err := moveAll(filepath.Join(staging, stagedFolder), dir); err != nil {
		return err
	}
	if err := finishKeys(keys, mark.Aside); err != nil {
		return err
	}
	err = errors.Join(flushDir(dir), os.Remove(filepath.Join(staging, readyName)), flushDir(staging))
	return errors.Join(err, robustio.RemoveAll(staging))
}

// moveAside keeps what was there, the traces of this and earlier restores excepted.
func moveAside(dir, aside string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == restoreFolder || e.Name() == lockName || strings.HasPrefix(e.Name(), asidePrefix) {
			continue
		}
		if err := os.MkdirAll(aside, 0o700); err != nil {
			return err
		}
		if err := robustio.Rename(filepath.Join(dir, e.Name()), filepath.Join(aside, e.Name())); err != nil {
			return err
		}
	}
	return flushDir(dir)
}

func moveAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := robustio.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return flushDir(to)
}

// finishKeys puts the root key that opens the restored data in its place, and the anchors of their
// audit log; others are kept.
func finishKeys(keys, aside string) error {
	pending := filepath.Join(keys, pendingKeys)
	if err := finishAnchors(keys, aside); err != nil {
		return err
	}
	err := robustio.Rename(filepath.Join(pending, erasedFile), filepath.Join(keys, erasedFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := filepath.Join(pending, rootFile)
	if _, err := os.Stat(fresh); errors.Is(err, os.ErrNotExist) {
		return robustio.RemoveAll(pending)
	}
	path := filepath.Join(keys, rootFile)
	if err := setAside(path, aside); err != nil {
		return err
	}
	if err := robustio.Rename(fresh, path); err != nil {
		return err
	}
	return errors.Join(flushDir(keys), robustio.RemoveAll(pending))
}

func setAside(path, suffix string) error {
	err := robustio.Rename(path, path+".before-"+suffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Pending tells whether a restore waits to be finished.
func Pending(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, restoreFolder, readyName))
	return err == nil
}
