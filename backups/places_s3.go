package backups

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/tools/filesystem"

	"kehu/internal/fault"
	"kehu/internal/policy"
)

// Faults of stores.
var (
	ErrStoreKeys = fault.Define("backup_store_keys",
		"位置 {place} 没有访问密钥，请执行 kehu backup credentials {place}",
		"The place {place} has no access keys, run kehu backup credentials {place}")
	ErrStalled = fault.Define("backup_stalled", "位置 {place} 在 {span} 内没有收下任何数据，上传已中断",
		"The place {place} took nothing for {span}, the upload was broken off")
)

// StoreKeys open a store. They lie in the keys folder, never in the database.
type StoreKeys struct {
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
}

func storesFile(keysDir string) string { return filepath.Join(keysDir, "places.json") }

func readStores(keysDir string) (map[string]StoreKeys, error) {
	all := map[string]StoreKeys{}
	text, err := os.ReadFile(storesFile(keysDir))
	if errors.Is(err, os.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(text, &all)
}

func storeKeys(keysDir, name string) (StoreKeys, error) {
	all, err := readStores(keysDir)
	if err != nil {
		return StoreKeys{}, err
	}
	keys, ok := all[name]
	if !ok {
		return StoreKeys{}, ErrStoreKeys.With("place", name)
	}
	return keys, nil
}

// KeepStoreKeys writes the access keys of a place into the keys folder.
func KeepStoreKeys(keysDir, name string, keys StoreKeys) error {
	all, err := readStores(keysDir)
	if err != nil {
		return err
	}
	all[name] = keys
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(storesFile(keysDir), bytes.NewReader(text), nil)
}

// store is an S3-compatible store, spoken to by PocketBase's own client.
type store struct {
	called string
	at     policy.BackupPlace
	keys   StoreKeys
	stall  time.Duration
}

func (s store) name() string { return s.called }

func (s store) connect(ctx context.Context) (*filesystem.System, error) {
	files, err := filesystem.NewS3(s.at.Bucket, s.at.Region, s.at.Endpoint, s.keys.AccessKey,
		s.keys.SecretKey, s.at.PathStyle)
	if err != nil {
		return nil, err
	}
	files.SetContext(ctx)
	return files, nil
}

// put uploads in parts as the content comes. PocketBase's writer would finish an upload whose
// content ends with an error, and leave half a backup under a whole one's name: so the context is
// cancelled before the error is told, which makes it abort.
func (s store) put(ctx context.Context, file string, content io.Reader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	files, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer files.Close()
	key := s.at.Prefix + file
	if taken, err := files.Exists(key); err != nil {
		return err
	} else if taken {
		return ErrTaken.With("place", s.called, "name", file)
	}
	watched := &upload{content: content, cancel: cancel}
	watched.timer = time.AfterFunc(s.stall, func() {
		cancel(ErrStalled.With("place", s.called, "span", s.stall))
	})
	watched.stall = s.stall
	err = files.UploadFile(&filesystem.File{Reader: watched, Name: file, OriginalName: file}, key)
	watched.timer.Stop()
	if cause := context.Cause(ctx); cause != nil {
		return errors.Join(cause, s.discard(key))
	}
	if err != nil {
		return errors.Join(err, s.discard(key))
	}
	return s.arrived(ctx, key, watched.sent)
}

// arrived compares what the store holds with what was sent.
func (s store) arrived(ctx context.Context, key string, sent int64) error {
	files, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer files.Close()
	about, err := files.Attributes(key)
	if err != nil {
		return err
	}
	if about.Size != sent {
		return errors.Join(io.ErrUnexpectedEOF, s.discard(key))
	}
	return nil
}

// discard removes what a broken upload may have left, as far as the store can be reached.
func (s store) discard(key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.stall)
	defer cancel()
	if files, err := s.connect(ctx); err == nil {
		_ = files.Delete(key) // what cannot be removed has no label, so it counts for nothing
		files.Close()
	}
	return nil
}

func (s store) open(ctx context.Context, file string) (io.ReadCloser, error) {
	files, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	reader, err := files.GetReader(s.at.Prefix + file)
	if err != nil {
		files.Close()
		return nil, err
	}
	return &openStore{reader, files}, nil
}

type openStore struct {
	io.ReadCloser
	files io.Closer
}

func (o *openStore) Close() error { return errors.Join(o.ReadCloser.Close(), o.files.Close()) }

func (s store) list(ctx context.Context, prefix string) ([]object, error) {
	ctx, cancel := context.WithTimeout(ctx, s.stall)
	defer cancel()
	files, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	found, err := files.List(s.at.Prefix + prefix)
	if err != nil {
		return nil, err
	}
	var all []object
	for _, o := range found {
		all = append(all, object{strings.TrimPrefix(o.Key, s.at.Prefix), o.Size})
	}
	return all, nil
}

func (s store) remove(ctx context.Context, file string) error {
	files, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer files.Close()
	err = files.Delete(s.at.Prefix + file)
	if errors.Is(err, filesystem.ErrNotFound) {
		return nil
	}
	return err
}

// upload is content on its way to a store: its beginning is looked at first, then sent again.
type upload struct {
	content io.Reader
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	stall   time.Duration
	head    []byte // what was read before the way back
	replay  []byte
	sending bool
	sent    int64
}

// Open implements [filesystem.FileReader].
func (u *upload) Open() (io.ReadSeekCloser, error) { return u, nil }

// Read implements [io.Reader].
func (u *upload) Read(p []byte) (n int, err error) {
	u.timer.Reset(u.stall)
	if len(u.replay) > 0 {
		n = copy(p, u.replay)
		u.replay = u.replay[n:]
	} else {
		n, err = u.content.Read(p)
	}
	if u.sending {
		u.sent += int64(n)
	} else {
		u.head = append(u.head, p[:n]...)
	}
	if err != nil && err != io.EOF {
		u.cancel(err)
	}
	return n, err
}

// Seek goes back to the beginning, once.
func (u *upload) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart || u.sending {
		return 0, errors.New("an upload only goes back to its start")
	}
	u.replay, u.sending = u.head, true
	return 0, nil
}

// Close implements [io.Closer].
func (u *upload) Close() error { return nil }
