package hooks_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kehu/internal/cn"
	"kehu/tests"
)

// person is an individual with a certificate number of its own.
func person(name, mobile, certificate string) map[string]any {
	return map[string]any{"kind": "individual", "name": name, "mobile": mobile, "cert_type": "resident_id",
		"cert_no": certificate, "consent": map[string]any{"purposes": []string{"sensitive_id", "bank"}, "method": "paper",
			"statement_version": "1"}}
}

// certificate is the n-th resident number, with the check character that GB 11643 asks for.
func certificate(n int) string {
	first := fmt.Sprintf("110105%04d%02d%02d%03d", 1950+n%50, 1+n%12, 1+n%28, n%1000)
	for _, last := range "0123456789X" {
		if _, _, err := cn.ParseResidentID(first+string(last), tests.Now); err == nil {
			return first + string(last)
		}
	}
	panic(first)
}

// people imports n individuals with certificate numbers.
func people(h *tests.House, n int) {
	h.TB.Helper()
	rows := [][]any{{"姓名", "手机", "身份证号"}}
	for i := range n {
		rows = append(rows, []any{"陈一" + string(rune('一'+i)), fmt.Sprintf("137%08d", 12340000+i*7), certificate(i)})
	}
	show := h.Import("data_admin", "a.xlsx", tests.Workbook(rows...), map[string]any{"options": map[string]any{
		"consent": []string{"sensitive_id"}}})
	if c := fmt.Sprint(show["counts"]); value[int](h, "SELECT count(*) FROM kehu_sealed") != n {
		h.TB.Fatalf("%v", c)
	}
}

// A rotation changes every key while the register is used: values are found and refused as
// duplicates at every moment, by old and new keys, and none of the old ones is left at the end.
func TestKeysRotateWhileTheRegisterIsUsed(t *testing.T) {
	h := tests.Start(t)
	people(h, 450)
	firm := h.Create("data_admin", "customers", firm("甲有限公司", nil))["id"].(string)
	content := picture(t, "金丝雀")
	paper := attach(h, "data_admin", firm, "licence", "a.png", content)
	onDisk := filepath.Join(h.Dir, "storage", "kehuattachments", paper.Text("id"), paper.JSON()["file"].(string))
	encrypted, err := os.ReadFile(onDisk)
	if err != nil {
		t.Fatal(err)
	}
	old := value[string](h, "SELECT group_concat(hex(wrapped) || hex(blind) || hex(sealed)) FROM kehu_sealed "+
		"NATURAL JOIN kehu_subject_keys")
	if err := h.House.BeginRotation("test"); err != nil {
		t.Fatal(err)
	}
	if err := h.House.BeginRotation("test"); err == nil {
		t.Error("two rotations at once")
	}
	steps, fresh := 0, 0
	for more := true; more; steps++ {
		if more, err = h.House.RotateStep(); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 210, 449} {
			again := h.Do("data_admin", "POST", "/api/collections/customers/records",
				person("别人"+string(rune('一'+steps)), fmt.Sprintf("136%08d", 12340000+steps*31+n), certificate(n)))
			if again.Status != 409 || again.Code("cert_no") != "duplicate_exact" {
				t.Fatalf("step %d: the certificate of row %d is not found: %d %s", steps, n, again.Status, again.Body)
			}
		}
		if more {
			fresh++
			h.Create("data_admin", "customers", person("新人"+string(rune('一'+steps)),
				fmt.Sprintf("135%08d", 12340000+steps*31), certificate(500+steps)))
		}
		if got := fetch(h, "data_admin", pathOf(paper.JSON()), ""); !bytes.Equal(got.Body, content) {
			t.Fatalf("step %d: the file is not given: %d", steps, got.Status)
		}
	}
	if steps < 5 {
		t.Errorf("only %d steps: the test sees no moment between", steps)
	}
	now := value[string](h, "SELECT group_concat(hex(wrapped) || hex(blind) || hex(sealed)) FROM kehu_sealed "+
		"NATURAL JOIN kehu_subject_keys")
	for _, all := range strings.Split(old, ",") {
		wrapped, blind := all[:2*65], all[2*65:2*(65+16)] // number, nonce, key and tag: 5+12+32+16 bytes
		if strings.Contains(now, wrapped) || strings.Contains(now, blind) {
			t.Fatal("a key or an index of before is still there")
		}
	}
	if again, _ := os.ReadFile(onDisk); bytes.Equal(again, encrypted) || len(again) == 0 {
		t.Error("the file is as it was")
	}
	if n := value[int](h, "SELECT count(DISTINCT index_key) FROM kehu_sealed"); n != 1 {
		t.Errorf("%d index keys", n)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_canaries"); n != 3 {
		t.Errorf("%d canaries, want those of the three primary keys", n)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_sealed"); n != 450+fresh {
		t.Errorf("%d values of %d", n, 450+fresh)
	}
	if stage := value[string](h, "SELECT stage || problem FROM kehu_rotation"); stage != "" {
		t.Errorf("at the end: %s", stage)
	}
	h.Close()
	h.Open()
	if got := fetch(h, "data_admin", pathOf(paper.JSON()), ""); !bytes.Equal(got.Body, content) {
		t.Errorf("after a restart: %d", got.Status)
	}
}
