package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"kehu/internal/merge"
)

// Table is what of one table belongs to a customer: its rows whole, as SQLite holds them.
type Table struct {
	Name string      `json:"name"`
	Rows []merge.Row `json:"rows"`
}

// Parted is a value elsewhere that named the customer and was emptied.
type Parted struct {
	Table  string `json:"t"`
	ID     string `json:"id"`
	Column string `json:"c"`
}

// File is a stored file of one of the rows. It stays where it lies, encrypted; the hash is of its
// content in plain.
type File struct {
	Table  string `json:"t"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Snapshot is a customer whole, with all that belongs to it. It is stored sealed.
type Snapshot struct {
	Version  int      `json:"version"`
	Customer string   `json:"customer"`
	Tables   []Table  `json:"tables"` // the customer's own row first
	Parted   []Parted `json:"parted"`
	Files    []File   `json:"files"`
}

// Version is the form that Marshal writes.
const Version = 1

// Errors of a snapshot that cannot be used.
var (
	ErrVersion = errors.New("archive: the snapshot has an unknown version")
	ErrDiffers = errors.New("archive: the snapshot does not read as it was written")
)

// Marshal writes a snapshot.
func (s *Snapshot) Marshal() ([]byte, error) {
	s.Version = Version
	return json.Marshal(s)
}

// Unmarshal reads what Marshal wrote, numbers in their own form.
func Unmarshal(data []byte) (*Snapshot, error) {
	s := &Snapshot{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(s); err != nil {
		return nil, err
	}
	if s.Version != Version {
		return nil, ErrVersion
	}
	for _, table := range s.Tables {
		for _, row := range table.Rows {
			row.Restore()
		}
	}
	return s, nil
}

// Verify reads a snapshot from the bytes that came back from where they were stored, and compares it
// with the one that was written: what is destroyed afterwards must be readable.
func (s *Snapshot) Verify(back []byte) error {
	read, err := Unmarshal(back)
	if err != nil {
		return err
	}
	if read.Customer != s.Customer || len(read.Tables) != len(s.Tables) ||
		!slices.Equal(read.Parted, s.Parted) || !slices.Equal(read.Files, s.Files) {
		return ErrDiffers
	}
	for i, table := range s.Tables {
		if read.Tables[i].Name != table.Name ||
			!slices.EqualFunc(table.Rows, read.Tables[i].Rows, sameRow) {
			return ErrDiffers
		}
	}
	return nil
}

func sameRow(a, b merge.Row) bool {
	return maps.EqualFunc(a, b, func(x, y any) bool {
		text, isText := x.(string)
		if isText {
			return text == y
		}
		return merge.Same(x, y)
	})
}

// Counts are how many rows of each table there are.
func (s *Snapshot) Counts() map[string]int {
	counts := map[string]int{}
	for _, table := range s.Tables {
		if len(table.Rows) > 0 {
			counts[table.Name] += len(table.Rows)
		}
	}
	return counts
}

// Row is the customer's own row; nil where there is none.
func (s *Snapshot) Row() merge.Row {
	if len(s.Tables) == 0 || len(s.Tables[0].Rows) == 0 {
		return nil
	}
	return s.Tables[0].Rows[0]
}
