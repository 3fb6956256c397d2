package hooks

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/merge"
)

// sealedTable is where the cells of sealed values are said to lie. Their values are prints (keyed
// hashes); what a print stands for lies sealed in the snapshot's Sealed under the same print.
const sealedTable = "kehu_sealed"

// prints is the key of Sealed under which the values of cells lie.
const prints = "prints"

// print tells equal sensitive values without telling them.
func (h *House) print(field, plain string) string {
	return hex.EncodeToString(h.keys.BlindIndex(field, plain))
}

// sealedOf seals a customer's sensitive values for a snapshot, by field.
func (m *merging) sealedOf(customer string) (map[string]string, error) {
	plain, err := collections.SealedValues(m.db, m.keys, customer)
	if err != nil {
		return nil, err
	}
	sealed := map[string]string{}
	for field, value := range plain {
		if sealed[field], err = m.sealText(value, "merges", customer, field); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

func (h *House) sealText(plain, collection, record, field string) (string, error) {
	sealed, err := h.keys.Seal([]byte(plain), collection, record, field)
	return base64.StdEncoding.EncodeToString(sealed), err
}

func (h *House) openText(sealed, collection, record, field string) (string, error) {
	bytes, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	plain, err := h.keys.Open(bytes, collection, record, field)
	return string(plain), err
}

// sealedCells notes the survivor's sensitive values that change, before anything is gone.
func (m *merging) sealedCells() error {
	kept, err := collections.SealedValues(m.db, m.keys, m.body.Keep)
	if err != nil {
		return err
	}
	for _, f := range fields.Of("customers") {
		source := m.plan.Sources[f.Key]
		if f.Class != fields.Sensitive || source == "" || source == m.body.Keep {
			continue
		}
		values, err := collections.SealedValues(m.db, m.keys, source)
		if err != nil {
			return err
		}
		before, err := m.printed(f.Key, kept[f.Key])
		if err != nil {
			return err
		}
		after, err := m.printed(f.Key, values[f.Key])
		if err != nil {
			return err
		}
		m.shot.Change(sealedTable, m.body.Keep, f.Key, before, after)
	}
	return nil
}

// printed keeps a sensitive value sealed in the snapshot, and answers its print; "" for none.
func (m *merging) printed(field, plain string) (string, error) {
	if plain == "" {
		return "", nil
	}
	name := m.print(field, plain)
	sealed, err := m.sealText(plain, "merges", prints, name)
	if err != nil {
		return "", err
	}
	if m.shot.Sealed[prints] == nil {
		m.shot.Sealed[prints] = map[string]string{}
	}
	m.shot.Sealed[prints][name] = sealed
	return name, nil
}

// sealKept gives the survivor the sensitive values that it takes over.
func (m *merging) sealKept() error {
	for _, c := range m.shot.Cells {
		if c.Table != sealedTable {
			continue
		}
		name, _ := c.After.(string)
		plain, err := m.behind(m.shot, name)
		if err != nil {
			return err
		}
		if err := collections.Seal(m.db, m.keys, c.ID, c.Column, plain); err != nil {
			return err
		}
	}
	return nil
}

// behind is the sensitive value that a print stands for.
func (h *House) behind(shot *merge.Snapshot, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	return h.openText(shot.Sealed[prints][name], "merges", prints, name)
}

// sealPacked compresses a text and seals it: how a snapshot of customers is stored.
func (h *House) sealPacked(text []byte, collection, record, field string) (string, error) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(text); err != nil {
		return "", err
	}
	if err := writer.Close(); err != nil {
		return "", err
	}
	return h.sealText(packed.String(), collection, record, field)
}

func (h *House) openPacked(sealed, collection, record, field string) ([]byte, error) {
	packed, err := h.openText(sealed, collection, record, field)
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// sealSnapshot writes a snapshot into its merge as it is stored.
func (h *House) sealSnapshot(stored *collections.Merge, shot *merge.Snapshot) error {
	text, err := shot.Marshal()
	if err != nil {
		return err
	}
	sealed, err := json.Marshal(shot.Sealed)
	if err != nil {
		return err
	}
	stored.Sealed = string(sealed)
	stored.Snapshot, err = h.sealPacked(text, "merges", stored.ID, "snapshot")
	return err
}

func (h *House) openSnapshot(stored *collections.Merge) (*merge.Snapshot, error) {
	text, err := h.openPacked(stored.Snapshot, "merges", stored.ID, "snapshot")
	if err != nil {
		return nil, err
	}
	shot, err := merge.Unmarshal(text)
	if err != nil {
		return nil, err
	}
	shot.Sealed = map[string]map[string]string{}
	return shot, json.Unmarshal([]byte(stored.Sealed), &shot.Sealed)
}
