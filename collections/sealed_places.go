package collections

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/vault"
)

// SealedPlace is a column beside kehu_sealed whose values the keysets sealed themselves
// (vault.Keysets.Seal). Every one must stand in SealedPlaces: a rotation seals them anew before it
// drops the old keys, and what is not listed would be lost. A test looks for others.
type SealedPlace struct {
	Table, Column string
	Context       string // the collection that its values are bound to; "" = Table
	Key           string // what a row is known by; "" = its id
	Where         string // which rows hold sealed values; "" = all that are not empty
	Bytes         bool   // the column is a BLOB
	// Again seals a value of the column anew, "" for one that needs none.
	Again func(again Sealer, row SealedRow) (string, error)
}

// SealedRow is a row of a place. Parent is the value of the place's parent column, where it has
// one.
type SealedRow struct{ ID, Value, Parent string }

// Sealer opens what was sealed in a context and seals it by the primary key.
type Sealer func(sealed []byte, collection, record, field string) ([]byte, error)

// SealedPlaces are all of them, in the order in which a rotation goes through them.
var SealedPlaces = []SealedPlace{
	{Table: "import_rows", Column: "raw", Where: `raw LIKE '%"sealed":%'`, Again: cellsAgain},
	{Table: "merges", Column: "snapshot", Again: WholeValue("merges", "snapshot")},
	{Table: "merges", Column: "sealed", Again: mergedAgain},
	{Table: "kehu_approval_sealed", Column: "sealed", Context: "approvals", Bytes: true,
		Key: "approval || '/' || field", Again: requestAgain},
	{Table: "kehu_factors", Column: "secret", Context: "accounts", Bytes: true, Key: "account",
		Again: factorAgain},
}

// FactorField is the field to which the secret of a second factor is bound, as one of the account.
const FactorField = "second factor"

func factorAgain(again Sealer, row SealedRow) (string, error) {
	sealed, err := again([]byte(row.Value), "accounts", row.ID, FactorField)
	return string(sealed), err
}

// requestAgain seals a value that waits for the decision on its request.
func requestAgain(again Sealer, row SealedRow) (string, error) {
	request, field, _ := strings.Cut(row.ID, "/")
	sealed, err := again([]byte(row.Value), "approvals", request, field)
	return string(sealed), err
}

// WholeValue is the Again of a column that holds one value, base64 of
// Seal(plain, table, id of the row, column).
func WholeValue(table, column string) func(Sealer, SealedRow) (string, error) {
	return func(again Sealer, row SealedRow) (string, error) {
		sealed, err := base64.StdEncoding.DecodeString(row.Value)
		if err != nil {
			return "", vault.SealedDamaged.Because(err)
		}
		sealed, err = again(sealed, table, row.ID, column)
		return base64.StdEncoding.EncodeToString(sealed), err
	}
}

// CellContext is the record and field to which a sealed cell of an import is bound: its import,
// row and column.
func CellContext(importID string, row, column int) (record, field string) {
	return importID + "/" + strconv.Itoa(row), "raw." + strconv.Itoa(column)
}

// SealedCell is how a sealed cell stands in the JSON of a row's texts.
type SealedCell struct {
	Sealed []byte `json:"sealed"`
}

// cellsAgain seals the cells of class S of a row that waits to be mended.
func cellsAgain(again Sealer, row SealedRow) (string, error) {
	var cells []any
	if err := json.Unmarshal([]byte(row.Value), &cells); err != nil {
		return "", err
	}
	importID, number, _ := strings.Cut(row.Parent, "/")
	n, err := strconv.Atoi(number)
	if err != nil {
		return "", err
	}
	for i, cell := range cells {
		held, ok := cell.(map[string]any)
		if !ok {
			continue
		}
		text, _ := held["sealed"].(string)
		sealed, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", vault.SealedDamaged.Because(err)
		}
		record, field := CellContext(importID, n, i)
		if sealed, err = again(sealed, "import_rows", record, field); err != nil {
			return "", err
		}
		cells[i] = SealedCell{sealed}
	}
	text, err := json.Marshal(cells)
	return string(text), err
}

// placeScan is how many rows of a place one step looks at: most of them hold nothing sealed.
const placeScan = 2000

// parents are the columns that a place's context needs beside the row's id.
var parents = map[string]string{"import_rows": "`import` || '/' || `row`"}

// ResealPlaces seals the next values of SealedPlaces after one anew. It answers where it stopped, ""
// at the end, and how many could not be opened: they stay as they are.
func ResealPlaces(db DB, keys *vault.Keysets, after string, _ int) (
	last string, damaged int, err error) {
	name, id, _ := strings.Cut(after, "/")
	at := max(0, slices.IndexFunc(SealedPlaces, func(p SealedPlace) bool { return p.name() == name }))
	place := SealedPlaces[at]
	rows, end, err := place.next(db, id)
	if err != nil {
		return "", 0, err
	}
	for _, row := range rows {
		bad, err := place.reseal(db, keys, row)
		if err != nil {
			return "", damaged, err
		}
		damaged += bad
	}
	if end != "" {
		return place.name() + "/" + end, damaged, nil
	}
	if at+1 < len(SealedPlaces) {
		return SealedPlaces[at+1].name() + "/", damaged, nil
	}
	return "", damaged, nil
}

func (p SealedPlace) name() string { return p.Table + "." + p.Column }

func (p SealedPlace) key() string {
	if p.Key == "" {
		return "id"
	}
	return p.Key
}

// next reads the rows with sealed values among the next ones, and the last one looked at.
func (p SealedPlace) next(db DB, after string) (rows []SealedRow, end string, err error) {
	key := p.key()
	_, err = one(db, []any{&end}, fmt.Sprintf(`SELECT coalesce(max(k), '') FROM
		(SELECT %[1]s AS k FROM %[2]s WHERE %[1]s > ? ORDER BY 1 LIMIT %[3]d)`, key, p.Table, placeScan),
		after)
	if err != nil || end == "" {
		return nil, "", err
	}
	where, parent := p.Where, parents[p.Table]
	if where == "" {
		where = p.Column + " != ''"
	}
	if parent == "" {
		parent = "''"
	}
	found, err := db.Query(fmt.Sprintf(`SELECT %[1]s, %[2]s, %[3]s FROM %[4]s
		WHERE %[1]s > ? AND %[1]s <= ? AND %[5]s`, key, p.Column, parent, p.Table, where), after, end)
	if err != nil {
		return nil, "", err
	}
	defer found.Close()
	for found.Next() {
		var r SealedRow
		if err := found.Scan(&r.ID, &r.Value, &r.Parent); err != nil {
			return nil, "", err
		}
		rows = append(rows, r)
	}
	return rows, end, found.Err()
}

func (p SealedPlace) reseal(db DB, keys *vault.Keysets, row SealedRow) (damaged int, err error) {
	stale := false
	value, err := p.Again(func(sealed []byte, collection, record, field string) ([]byte, error) {
		if keys.SealedByPrimary(sealed) {
			return sealed, nil
		}
		stale = true
		plain, err := keys.Open(sealed, collection, record, field)
		if err != nil {
			return nil, err
		}
		return keys.Seal(plain, collection, record, field)
	}, row)
	if err != nil {
		return 1, nil
	}
	if !stale {
		return 0, nil
	}
	var stored any = value
	if p.Bytes {
		stored = []byte(value)
	}
	return 0, db.Exec("UPDATE "+p.Table+" SET "+p.Column+" = ? WHERE "+p.key()+" = ?", stored, row.ID)
}

// filesOf is the condition that a record of a collection has a stored file; "" where it has no
// field for one.
func filesOf(c *core.Collection) string {
	var each []string
	for _, f := range c.Fields {
		if f.Type() == core.FieldTypeFile {
			each = append(each, fmt.Sprintf("`%s` NOT IN ('', '[]', 'null')", f.GetName()))
		}
	}
	return strings.Join(each, " OR ")
}

// CountFiles counts the records of a collection with stored files.
func CountFiles(app core.App, db DB, collection string) (n int, err error) {
	c, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return 0, err
	}
	if where := filesOf(c); where != "" {
		_, err = one(db, []any{&n}, "SELECT count(*) FROM "+collection+" WHERE "+where)
	}
	return n, err
}

// WithFiles reads the next records of a collection with stored files.
func WithFiles(app core.App, collection, after string, limit int) ([]*core.Record, error) {
	c, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	where := filesOf(c)
	if where == "" {
		return nil, nil
	}
	records := []*core.Record{}
	err = app.RecordQuery(c).AndWhere(dbx.NewExp("[[id]] > {:after}", dbx.Params{"after": after})).
		AndWhere(dbx.NewExp("(" + where + ")")).OrderBy("id").Limit(int64(limit)).All(&records)
	return records, err
}
