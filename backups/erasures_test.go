package backups_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// Who was erased after a backup was made is erased again when it comes back on an empty machine: the
// list lies beside the newer backups.
func TestErasuresAreReplayed(t *testing.T) {
	h := register(t)
	old := backup(t, h)
	person, err := h.App.FindFirstRecordByData("customers", "name", "李小明")
	if err != nil {
		t.Fatal(err)
	}
	e := collections.NewErasure(rootOf(t, h.Keys), person.Id, collections.Stamp(h.Clock()), "superuser:test")
	if err := h.App.RunInTransaction(func(tx core.App) error { return collections.EraseSubject(tx, e) }); err != nil {
		t.Fatal(err)
	}
	newer := backup(t, h)
	list := filepath.Join(local(h), newer.Name+".erased.jsonl")
	if text, err := os.ReadFile(list); err != nil || !strings.Contains(string(text), person.Id) {
		t.Fatalf("%v %s", err, text)
	}
	r := restoring(t, h)
	out, err := r.Run(ctx, origin(t, bodyOf(h, old.Name)))
	if err != nil || out.Erased != 1 {
		t.Fatalf("%+v %v", out, err)
	}
	copied := restored(t, h, r)
	if _, err := copied.App.FindFirstRecordByData("customers", "name", "李小明"); err == nil {
		t.Error("the erased person is back")
	}
	erased, err := collections.Erased(collections.Through(copied.App.DB()), person.Id)
	if err != nil || !erased {
		t.Errorf("%v %v", erased, err)
	}
	// a list that somebody else wrote stops the restore
	if err := os.WriteFile(list, []byte(`{"customer":"x","at":"2026-01-01","by":"x","hash":"AAAA"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restoring(t, h).Run(ctx, origin(t, bodyOf(h, old.Name))); !is(err, collections.ErrErasures) {
		t.Errorf("a forged list: %v", err)
	}
}
