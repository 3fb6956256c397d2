package hooks_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/serdes"

	"kehu/collections"
	"kehu/internal/cipherdb"
	"kehu/tests"
)

// A register whose disk has lost a page says that it cannot list; it does not list what stands before.
func TestAListThatCannotBeReadIsNotAShortOne(t *testing.T) {
	h := tests.Start(t)
	const most = 60
	for i := range most {
		one := enterprise(fmt.Sprintf("苏州第%d仪器有限公司", i))
		one["confirm_duplicate"] = "another customer of this test"
		h.Create("data_admin", "customers", one)
	}
	list := "/api/collections/customers/records?perPage=500"
	if a := h.Do("data_admin", "GET", list, nil); a.Status != http.StatusOK || len(a.JSON()["items"].([]any)) != most {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Close()
	losePage(t, h, "customers")
	h.Open()
	for _, query := range []string{"", "&sort=number", "&filter=name~'仪器'"} {
		if a := h.Do("data_admin", "GET", list+query, nil); a.Status != http.StatusInternalServerError || a.Code("") != "database_unreadable" {
			t.Errorf("%s: %d %s", query, a.Status, a.Body)
		}
	}
	if records, err := h.App.FindAllRecords("customers"); !cipherdb.Unreadable(err) {
		t.Errorf("%d records, %v", len(records), err)
	}
	if a := h.Do("data_admin", "GET", "/api/collections/departments/records", nil); a.Status != http.StatusOK {
		t.Errorf("what can be read: %d %s", a.Status, a.Body)
	}
}

// losePage overwrites one page in the middle of a table of a register that is closed.
func losePage(t *testing.T, h *tests.House, table string) {
	t.Helper()
	root, err := collections.OpenKeys(h.Dir, h.Keys, collections.Random)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(h.Dir, "data.db")
	db, err := cipherdb.Open(path, cipherdb.Key(root.DatabaseKey()), cipherdb.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var first int64
	if err := db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = ?", table).Scan(&first); err != nil {
		t.Fatal(err)
	}
	var plain []byte
	if err := cipherdb.Native(t.Context(), db, func(c *sqlite3.Conn) (err error) {
		plain, err = serdes.Serialize(c, "main")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	size := int64(binary.BigEndian.Uint16(plain[16:])) // https://sqlite.org/fileformat2.html#b_tree_pages
	page := plain[(first-1)*size : first*size]
	if page[0] != 5 {
		t.Fatalf("the table %s stands on one page", table)
	}
	middle := binary.BigEndian.Uint16(page[3:]) / 2
	cell := binary.BigEndian.Uint16(page[12+2*middle:])
	leaf := int64(binary.BigEndian.Uint32(page[cell:]))
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, size), (leaf-1)*size); err != nil {
		t.Fatal(err)
	}
}
