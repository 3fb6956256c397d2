package backups

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/rogpeppe/go-internal/robustio"

	"kehu/internal/fault"
	"kehu/internal/policy"
	"kehu/internal/vault"
)

// Faults of places.
var (
	ErrPlaceGone = fault.Define("backup_place_missing",
		"备份位置 {place} 的文件夹 {path} 不存在，可能没有挂载；请挂载后重试",
		"The folder {path} of the backup place {place} is not there, perhaps it is not mounted: mount it "+
			"and try again")
	ErrPlaceUnknown = fault.Define("backup_place_unknown", "策略 backups 中没有名为 {place} 的位置",
		"The policy backups has no place named {place}")
	ErrTaken = fault.Define("backup_name_taken", "位置 {place} 已有名为 {name} 的文件，不会覆盖",
		"The place {place} already holds a file named {name}, which is never overwritten")
)

// localPlace is the name of the folder that every register has.
const localPlace = "local"

// object is a file in a place.
type object struct {
	name string
	size int64
}

// place is somewhere backups lie.
type place interface {
	name() string
	// put stores a file whole, or not at all.
	put(ctx context.Context, file string, content io.Reader) error
	open(ctx context.Context, file string) (io.ReadCloser, error)
	list(ctx context.Context, prefix string) ([]object, error)
	remove(ctx context.Context, file string) error
	// clear removes parts of files that killed writers left behind, which no list shows.
	clear(ctx context.Context, prefix string) error
}

// places are all that the policy names, the local folder first.
func (k *Keeper) places(p policy.Backups) ([]place, error) {
	local := p.Local
	if local == "" {
		local = k.DataDir + "-backups"
	}
	if err := outside(local, k.DataDir); err != nil {
		return nil, err
	}
	all := []place{folder{called: localPlace, path: local, make: true}}
	for _, one := range p.Places {
		if one.Kind == "folder" {
			if err := outside(one.Path, k.DataDir); err != nil {
				return nil, err
			}
			all = append(all, folder{called: one.Name, path: one.Path})
			continue
		}
		keys, err := storeKeys(k.KeysDir, one.Name)
		if err != nil {
			all = append(all, broken{one.Name, err})
			continue
		}
		all = append(all, store{called: one.Name, at: one, keys: keys, stall: k.stall})
	}
	return all, nil
}

// outside refuses a place within the data directory.
func outside(path, dataDir string) error {
	real := func(p string) string {
		if r, err := filepath.EvalSymlinks(p); err == nil {
			return r
		}
		return filepath.Clean(p)
	}
	inside, err := filepath.Rel(real(dataDir), real(path))
	if err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return ErrInside.With("path", path)
	}
	return nil
}

// folder is a folder of this machine, or one that is mounted.
type folder struct {
	called, path string
	make         bool
}

func (f folder) name() string { return f.called }

// partPrefix begins the names of files that are not whole yet.
const partPrefix = ".part-"

func (f folder) put(ctx context.Context, file string, content io.Reader) error {
	if f.make {
		if err := vault.PrivateFolder(f.path); err != nil {
			return err
		}
	} else if info, err := os.Stat(f.path); err != nil || !info.IsDir() {
		return ErrPlaceGone.With("place", f.called, "path", f.path)
	}
	path := filepath.Join(f.path, file)
	if _, err := os.Lstat(path); err == nil {
		return ErrTaken.With("place", f.called, "name", file)
	}
	return writeWhole(path, content, ctx)
}

// writeWhole leaves a whole file or none: temp name, flush, rename, flush of the folder.
func writeWhole(path string, content io.Reader, ctx context.Context) error {
	dir := filepath.Dir(path)
	part := filepath.Join(dir, partPrefix+filepath.Base(path)+"-"+security.PseudorandomString(8))
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	to := newFlushing(file)
	_, err = io.CopyBuffer(to, withContext(ctx, content), make([]byte, 256<<10))
	err = errors.Join(err, to.end(), file.Close())
	if err == nil {
		err = robustio.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return flushDir(dir)
}

type onlyWriter struct{ io.Writer }

func flushDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be flushed there; NTFS journals the rename
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f folder) open(_ context.Context, file string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(f.path, file))
}

func (f folder) list(_ context.Context, prefix string) ([]object, error) {
	entries, err := os.ReadDir(f.path)
	if errors.Is(err, os.ErrNotExist) {
		if f.make {
			return nil, nil
		}
		return nil, ErrPlaceGone.With("place", f.called, "path", f.path)
	}
	if err != nil {
		return nil, err
	}
	var found []object
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && strings.HasPrefix(e.Name(), prefix) {
			found = append(found, object{e.Name(), info.Size()})
		}
	}
	return found, nil
}

func (f folder) remove(_ context.Context, file string) error {
	err := os.Remove(filepath.Join(f.path, file))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// clear removes the parts of one register's files: several may share a folder.
func (f folder) clear(ctx context.Context, prefix string) error {
	found, err := f.list(ctx, partPrefix+prefix)
	for _, o := range found {
		err = errors.Join(err, f.remove(ctx, o.name))
	}
	return err
}

// broken is a place that cannot be reached as it is set up: it fails, the others go on.
type broken struct {
	called string
	err    error
}

func (b broken) name() string                                        { return b.called }
func (b broken) put(context.Context, string, io.Reader) error        { return b.err }
func (b broken) open(context.Context, string) (io.ReadCloser, error) { return nil, b.err }
func (b broken) list(context.Context, string) ([]object, error)      { return nil, b.err }
func (b broken) remove(context.Context, string) error                { return b.err }
func (b broken) clear(context.Context, string) error                 { return b.err }

// withContext is a reader that ends with its context.
func withContext(ctx context.Context, r io.Reader) io.Reader {
	if ctx == nil {
		return r
	}
	return contextReader{ctx, r}
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
