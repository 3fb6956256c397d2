package hooks_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/vault"
	"kehu/tests"
)

// With keys that are not those of the data the register does not start: it would find nothing.
func TestTheWrongKeysStopTheStart(t *testing.T) {
	h := tests.Start(t)
	h.Create("sales", "customers", person("陈一诺", "13712341231", revealed))
	root, err := collections.OpenKeys(h.Dir, h.Keys, collections.Random)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collections.Keysets(h.App, root); err != nil {
		t.Fatalf("the right keys: %v", err)
	}
	others, err := vault.NewKeysets()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := others.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	db := collections.Through(h.App.NonconcurrentDB())
	for name, c := range map[string]struct {
		code string
		do   func() error
	}{
		"other keysets, well wrapped": {"keys_self_test", func() error {
			return db.Exec("UPDATE kehu_keysets SET wrapped = ?", wrapped)
		}},
		"other keysets with their own canaries": {"keys_self_test", func() error {
			return errors.Join(db.Exec("DELETE FROM kehu_canaries"), db.Exec("UPDATE kehu_keysets SET wrapped = ?", wrapped))
		}},
		"no keysets": {"keysets_lost", func() error { return db.Exec("DELETE FROM kehu_keysets") }},
		"an index key that is missing": {"keys_self_test", func() error {
			return db.Exec("UPDATE kehu_canaries SET key = key + 1 WHERE keyset = 'index'")
		}},
		"an index that another key made": {"keys_self_test", func() error {
			return db.Exec("UPDATE kehu_canaries SET value = randomblob(16) WHERE keyset = 'index'")
		}},
		"values of other data": {"keys_self_test", func() error {
			return db.Exec("UPDATE kehu_sealed SET blind = randomblob(16)")
		}},
		"damaged keysets": {"keys_wrong_root", func() error { return db.Exec("UPDATE kehu_keysets SET wrapped = x'7b7d'") }},
	} {
		tables := []string{"kehu_keysets", "kehu_canaries", "kehu_sealed"}
		for _, table := range tables {
			if err := db.Exec("CREATE TABLE spare_" + table + " AS SELECT * FROM " + table); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		_, err := collections.Keysets(h.App, root)
		if found, ok := fault.Of(err); !ok || found.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
		for _, table := range tables {
			if err := errors.Join(db.Exec("DELETE FROM "+table), db.Exec("INSERT INTO "+table+" SELECT * FROM spare_"+table),
				db.Exec("DROP TABLE spare_"+table)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := collections.Keysets(h.App, root); err != nil {
		t.Errorf("put back: %v", err)
	}
}

// Killed in the middle, a rotation goes on at the next start, and nothing is lost.
func TestARotationThatIsKilledGoesOn(t *testing.T) {
	p := run(t)
	p.take()
	people(p.House, 450)
	p.Close()
	p.start()
	if a := p.Do("data_admin", "POST", "/api/kehu/keys/rotate", nil); a.Status != 202 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	p.kill()
	p.start()
	deadline := time.Now().Add(time.Minute)
	for {
		state, _ := p.Do("data_admin", "GET", "/api/kehu/keys", nil).JSON()["rotation"].(map[string]any)
		if state["stage"] == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not end: %v", state)
		}
		p.killAfter(50 * time.Millisecond)
	}
	p.take()
	if n := value[int](p.House, "SELECT count(DISTINCT index_key) * 1000 + count(*) FROM kehu_sealed"); n != 1450 {
		t.Errorf("index keys and values: %d", n)
	}
	for _, i := range []int{0, 233, 449} {
		if a := lookUp(p.House, "data_admin", "cert_no", certificate(i)); !strings.Contains(string(a.Body), "KH-") {
			t.Errorf("certificate %d is not found: %s", i, a.Body)
		}
	}
}

// No number of class S stands in plain in any file, whatever was done with it: saved, imported,
// refused, searched for, shown, exported, in keys that were changed, or erased.
func TestNoSealedNumberIsInAnyFile(t *testing.T) {
	h := tests.Start(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	h.App.Settings().Logs.MaxDays = 7
	id, _ := erasedPerson(t, h)
	secrets := []string{revealed, "6222020200112233008", certificate(21), certificate(22)}
	h.Import("data_admin", revealed+".xlsx", tests.Workbook([]any{"姓名", "手机", "身份证号", "备注"},
		[]any{"王一诺", "13712349999", certificate(21), ""}, []any{"王二诺", "137", certificate(22), ""},
		[]any{"王三诺", "13712349998", "", "证件 " + certificate(21)}),
		map[string]any{"options": map[string]any{"consent": []string{"sensitive_id"}}})
	h.Do("sales", "POST", "/api/collections/followups/records", map[string]any{"customer": id, "date": "2026-11-01",
		"method": "phone", "summary": "证件 " + revealed})
	lookUp(h, "manager", "cert_no", revealed)
	h.Do("data_admin", "GET", "/api/collections/customers/records?filter=cert_no='"+revealed+"'", nil)
	if file := h.Export("data_admin", map[string]any{"reason": "检查磁盘明文"}); bytes.Contains(file.Body, []byte(revealed)) {
		t.Error("the export holds the number")
	}
	look := func(when string) {
		t.Helper()
		for _, root := range []string{h.Dir, h.Keys, temp} {
			_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return nil
				}
				content, _ := os.ReadFile(path)
				for _, secret := range secrets {
					if bytes.Contains(content, []byte(secret)) || strings.Contains(path, secret) {
						t.Errorf("%s: %s stands in %s", when, secret, path)
					}
				}
				return nil
			})
		}
		for _, secret := range secrets {
			if text := everything(t, h); strings.Contains(text, secret) {
				i := strings.Index(text, secret)
				t.Errorf("%s: %s stands in a record: %s", when, secret, text[max(0, i-300):i+30])
			}
		}
	}
	look("saved")
	if err := h.House.BeginRotation("test"); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = h.House.RotateStep(); err != nil {
			t.Fatal(err)
		}
	}
	look("rotated")
	erase(t, h, id)
	look("erased")
}
