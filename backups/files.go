package backups

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"kehu/collections"
	"kehu/internal/vault"
)

// stored is a file that a record names.
type stored struct{ collection, collectionID, record, name string }

// inBackup is where it stands in a backup.
func (f stored) inBackup() string { return filesFolder + path.Join(f.collection, f.record, f.name) }

// key is where it stands in the storage.
func (f stored) key() string { return path.Join(f.collectionID, f.record, f.name) }

// context binds its encrypted form to its record, as the hooks do that store it.
func (f stored) context() string { return path.Join(f.collection, f.record, f.name) }

// addFiles writes every file that a record of the moment names, decrypted into the stream. It
// answers those that are missing or damaged: the rest is worth having, and the loss is told.
func (s *source) addFiles(t *tarball) (missing []string, err error) {
	keys, err := collections.StoredKeysets(s.k.App, s.k.Root())
	if err != nil {
		return nil, err
	}
	files, err := s.k.App.NewFilesystem()
	if err != nil {
		return nil, err
	}
	defer files.Close()
	files.SetContext(t.ctx)
	err = s.eachFile(t.ctx, func(f stored) error {
		r := &fileReader{files: files, keys: keys, file: f, sealed: s.k.Sealed(f.collection)}
		lost, err := r.addTo(t)
		if lost && s.k.stillNamed(f) {
			missing = append(missing, f.inBackup())
		}
		return err
	})
	return missing, err
}

// eachFile walks the files that the records of the moment name.
func (s *source) eachFile(ctx context.Context, do func(stored) error) error {
	rows, err := s.data.DB().QueryContext(ctx, "SELECT id, name, fields FROM _collections WHERE type <> 'view' ORDER BY name")
	if err != nil {
		return err
	}
	type column struct{ id, collection, field string }
	var columns []column
	ids := map[string]string{}
	for rows.Next() {
		var id, name, text string
		if err := rows.Scan(&id, &name, &text); err != nil {
			return errors.Join(err, rows.Close())
		}
		ids[name] = id
		var fields []struct{ Name, Type string }
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return errors.Join(err, rows.Close())
		}
		for _, f := range fields {
			if f.Type == core.FieldTypeFile {
				columns = append(columns, column{id, name, f.Name})
			}
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, c := range columns {
		if err := s.eachOf(ctx, c.id, c.collection, c.field, do); err != nil {
			return err
		}
	}
	return s.eachArchived(ctx, ids, do)
}

// eachArchived walks the files of customers that lie in the archive: no record names them.
func (s *source) eachArchived(ctx context.Context, ids map[string]string, do func(stored) error) error {
	there := 0 // not among the tables of an older program
	err := s.data.DB().QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'kehu_archive_files'").Scan(&there)
	if err != nil || there == 0 {
		return err
	}
	rows, err := s.data.DB().QueryContext(ctx, "SELECT place, record, name FROM kehu_archive_files WHERE NOT gone "+
		"ORDER BY place, record, name")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		f := stored{}
		if err := rows.Scan(&f.collection, &f.record, &f.name); err != nil {
			return err
		}
		f.collectionID = ids[f.collection]
		if err := do(f); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *source) eachOf(ctx context.Context, id, collection, field string, do func(stored) error) error {
	rows, err := s.data.DB().QueryContext(ctx, "SELECT id, "+quoted(field)+" FROM "+quoted(collection)+
		" WHERE "+quoted(field)+" NOT IN ('', '[]', 'null') ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var record, value string
		if err := rows.Scan(&record, &value); err != nil {
			return err
		}
		names := []string{value}
		if strings.HasPrefix(value, "[") {
			if err := json.Unmarshal([]byte(value), &names); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := do(stored{collection, id, record, name}); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// stillNamed tells whether a record, or the archive, names a file now: one that was deleted since the
// moment is not lost.
func (k *Keeper) stillNamed(f stored) bool {
	record, err := k.App.FindRecordById(f.collection, f.record)
	if err != nil {
		kept, err := collections.IsArchivedFile(collections.Through(k.App.DB()), f.collection, f.record, f.name)
		return kept && err == nil
	}
	for _, field := range record.Collection().Fields {
		if field.Type() == core.FieldTypeFile {
			for _, name := range record.GetStringSlice(field.GetName()) {
				if name == f.name {
					return true
				}
			}
		}
	}
	return false
}

// fileReader reads one stored file in plain.
type fileReader struct {
	files  *filesystem.System
	keys   *vault.Keysets
	file   stored
	sealed bool
}

// addTo writes the file. It is read to its end before its entry begins, because an entry that has
// begun cannot be taken back: small files into memory, larger ones twice.
func (r *fileReader) addTo(t *tarball) (lost bool, err error) {
	size, err := r.size()
	if err != nil || size < 0 {
		return true, nil
	}
	if size > maxInMemory {
		if n, err := r.copyTo(io.Discard); err != nil || n != size {
			return true, nil
		}
		plain, err := r.open()
		if err != nil {
			return true, nil
		}
		defer plain.Close()
		return false, t.add(r.file.inBackup(), size, plain)
	}
	var content bytes.Buffer
	content.Grow(int(size))
	if n, err := r.copyTo(&content); err != nil || n != size {
		return true, nil
	}
	return false, t.addBytes(r.file.inBackup(), content.Bytes())
}

func (r *fileReader) size() (int64, error) {
	about, err := r.files.Attributes(r.file.key())
	if err != nil || !r.sealed {
		if err != nil {
			return 0, err
		}
		return about.Size, nil
	}
	return vault.PlainSize(about.Size), nil
}

func (r *fileReader) copyTo(w io.Writer) (int64, error) {
	plain, err := r.open()
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, plain)
	return n, errors.Join(err, plain.Close())
}

func (r *fileReader) open() (io.ReadCloser, error) {
	reader, err := r.files.GetReader(r.file.key())
	if err != nil || !r.sealed {
		return reader, err
	}
	plain, err := r.keys.DecryptReader(reader, r.file.context())
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &openPlain{plain, reader}, nil
}

type openPlain struct {
	io.Reader
	io.Closer
}
