package backups_test

import (
	"net/http"
	"strings"
	"testing"
)

// A customer that lies in the archive is in the backup with its files, and is restored from there as
// from the register itself.
func TestTheArchiveIsInTheBackup(t *testing.T) {
	h := register(t)
	a := attachments(t, h)[0]
	text, customer := download(t, h, a), a["customer"].(string)
	if _, err := h.App.NonconcurrentDB().NewQuery("UPDATE customers SET status = 'active' WHERE id = '" +
		customer + "'").Execute(); err != nil {
		t.Fatal(err)
	}
	asked := h.Do("superuser", "POST", "/api/kehu/customers/"+customer+"/archive",
		map[string]any{"reason": "客户已停业多年", "last_contact": "2020-03-01"})
	request, _ := asked.JSON()["approval"].(map[string]any)
	if asked.Status != http.StatusOK {
		t.Fatalf("%d %s", asked.Status, asked.Body)
	}
	done := h.Do("data_admin", "POST", "/api/kehu/approvals/"+request["id"].(string)+"/approve", map[string]any{})
	if done.Status != http.StatusOK {
		t.Fatalf("%d %s", done.Status, done.Body)
	}
	if made := backup(t, h); made.State != "done" || len(made.Missing) > 0 {
		t.Fatalf("%+v", made)
	}
	r := restoring(t, h)
	out, err := r.Run(ctx, origin(t, local(h)))
	if err != nil || out.Files != 5 {
		t.Fatalf("%+v %v", out, err)
	}
	copied := restored(t, h, r)
	items := copied.Do("data_admin", "GET", "/api/kehu/archives", nil).JSON()["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("%d in the archive", len(items))
	}
	back := copied.Do("data_admin", "POST", "/api/kehu/archives/"+items[0].(map[string]any)["id"].(string)+"/restore",
		map[string]any{"reason": "客户恢复营业"})
	if back.Status != http.StatusOK {
		t.Fatalf("%d %s", back.Status, back.Body)
	}
	if got := download(t, copied, a); got != text || !strings.Contains(got, "附件") {
		t.Error("the attachment differs")
	}
}
