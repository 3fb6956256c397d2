package hooks_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kehu/tests"
)

// picture is a PNG, with a text at its end that must not be found on the disk.
func picture(t *testing.T, text string) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range 300 * 200 {
		img.Set(i%300, i/300, color.RGBA{uint8(i), uint8(i >> 3), uint8(i >> 7), 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), text...)
}

// attach sends a file as an attachment of a customer.
func attach(h *tests.House, role, customer, category, name string, content []byte) tests.Answer {
	h.TB.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for key, text := range map[string]string{"customer": customer, "category": category, "title": "测试件"} {
		if err := parts.WriteField(key, text); err != nil {
			h.TB.Fatal(err)
		}
	}
	part, err := parts.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		h.TB.Fatal(err)
	}
	return h.Do(role, "POST", "/api/collections/attachments/records", &body, "Content-Type",
		parts.FormDataContentType())
}

// pathOf is where a stored file is fetched.
func pathOf(record map[string]any) string {
	name, _ := record["file"].(string)
	return "/api/files/attachments/" + record["id"].(string) + "/" + name
}

// fetch gets a protected file as a role does: with a token for files.
func fetch(h *tests.House, role, path, query string) tests.Answer {
	h.TB.Helper()
	token := h.Do(role, "POST", "/api/files/token", nil).Text("token")
	return h.Do("", "GET", path+"?token="+token+query, nil)
}

// plainOnDisk lists files that hold one of the texts, or bytes by which a PNG begins.
func plainOnDisk(t *testing.T, root string, texts ...string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil // gone meanwhile
		}
		for _, text := range append(texts, "\x89PNG\r\n\x1a\n") {
			if bytes.Contains(content, []byte(text)) || strings.Contains(path, text) {
				found = append(found, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// An attachment is encrypted where it lies, and comes back as it was, as a download.
func TestAnAttachmentIsEncryptedAndComesBackTheSame(t *testing.T) {
	h := hostileHouse(t)
	c := h.Create("sales", "customers", firm("甲有限公司", nil))
	content := picture(t, "金丝雀执照")
	a := attach(h, "sales", c["id"].(string), "licence", "金丝雀执照.png", content)
	if a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	path := pathOf(a.JSON())
	if strings.Contains(path, "金丝雀") {
		t.Errorf("the stored name is the person's: %s", path)
	}
	for _, query := range []string{"", "&thumb=100x100", "&thumb=0x50", "&thumb=100x100f", "&download=1"} {
		got := fetch(h, "sales", path, query)
		if got.Status != 200 || !bytes.Equal(got.Body, content) {
			t.Errorf("%q: %d, %d bytes of %d", query, got.Status, len(got.Body), len(content))
		}
		header := got.Header
		if !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") ||
			header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q: %v", query, header)
		}
	}
	if found := plainOnDisk(t, filepath.Dir(h.Dir), "金丝雀"); len(found) != 0 {
		t.Errorf("in plain: %v", found)
	}
	files := 0
	_ = filepath.WalkDir(filepath.Join(h.Dir, "storage"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(path, ".attrs") {
			files++
		}
		return nil
	})
	if files != 1 {
		t.Errorf("%d stored files, want the one: no thumbnail is written", files)
	}
	again := h.Do("sales", "PATCH", "/api/collections/attachments/records/"+a.Text("id"), map[string]any{"title": "改名"})
	if got := fetch(h, "sales", path, ""); again.Status != 200 || !bytes.Equal(got.Body, content) {
		t.Errorf("after the record was changed: %d %d", again.Status, got.Status)
	}
	if d := h.Do("sales", "DELETE", "/api/collections/attachments/records/"+a.Text("id"), nil); d.Status != 204 {
		t.Errorf("%d %s", d.Status, d.Body)
	}
}

// A file is given to the roles that decisions.md names, and to nobody else.
func TestWhoMayHaveAFile(t *testing.T) {
	h := tests.Start(t)
	company := h.Create("sales", "customers", firm("甲有限公司", nil))["id"].(string)
	person := h.Create("sales", "customers", map[string]any{"kind": "individual", "name": "陈一诺",
		"mobile": "13712341239"})["id"].(string)
	content := picture(t, "")
	all := []string{"sales", "sales2", "manager", "manager2", "service", "marketing", "finance", "executive",
		"data_admin", "superuser", ""}
	for _, c := range []struct{ name, customer, category, may string }{
		{"a firm's licence", company, "licence", "sales manager data_admin superuser"},
		{"a firm's authorisation", company, "authorisation", "manager data_admin superuser"},
		{"a person's paper", person, "other", "manager data_admin superuser"},
	} {
		a := attach(h, "data_admin", c.customer, c.category, "x.png", content)
		if a.Status != 200 {
			t.Fatalf("%s: %d %s", c.name, a.Status, a.Body)
		}
		for _, role := range all {
			got := fetch(h, role, pathOf(a.JSON()), "")
			may := role != "" && strings.Contains(" "+c.may+" ", " "+role+" ")
			if may && (got.Status != 200 || !bytes.Equal(got.Body, content)) {
				t.Errorf("%s is refused to %s: %d %s", c.name, role, got.Status, got.Body)
			}
			if !may && (got.Status < 400 || bytes.Contains(got.Body, []byte("PNG"))) {
				t.Errorf("%s is given to %q: %d", c.name, role, got.Status)
			}
		}
		if got := h.Do("data_admin", "GET", pathOf(a.JSON()), nil); got.Status == 200 {
			t.Errorf("%s: a token of the session opens it, which a link in a page would send", c.name)
		}
	}
}

// What is no PDF, JPEG or PNG is refused by its content, whatever its name; so is what is too large.
func TestFilesOfOtherKindsAreRefused(t *testing.T) {
	h := hostileHouse(t)
	c := h.Create("sales", "customers", firm("甲有限公司", nil))["id"].(string)
	large := picture(t, strings.Repeat("\x00", 11<<20))
	wants := map[string]string{"large.png": "10 MB"}
	for name, content := range map[string][]byte{
		"page.png": []byte("<!DOCTYPE html><script>alert(1)</script>"), "page.html": []byte("<html></html>"),
		"drawing.png": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"program.pdf": []byte("MZ\x90\x00\x03\x00\x00\x00"), "book.jpg": tests.Workbook([]any{"a"}),
		"text.png": []byte("金丝雀"), "empty.png": {}, "large.png": large,
	} {
		a := attach(h, "sales", c, "other", name, content)
		want := wants[name]
		if want == "" {
			want = "PDF、JPG"
		}
		if message := a.Text("message"); a.Status != 400 || !strings.Contains(message, want) || !clear(message) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if n := value[int](h, "SELECT count(*) FROM attachments"); n != 0 {
		t.Errorf("%d were stored", n)
	}
	stored, _ := os.ReadDir(filepath.Join(h.Dir, "storage"))
	if len(stored) != 0 {
		t.Errorf("%d folders of stored files", len(stored))
	}
}

// A stored file that was changed, cut or put in another's place is not given.
func TestAStoredFileIsBoundToItsRecord(t *testing.T) {
	h := tests.Start(t)
	c := h.Create("sales", "customers", firm("甲有限公司", nil))["id"].(string)
	one := attach(h, "sales", c, "other", "a.png", picture(t, "一")).JSON()
	other := attach(h, "sales", c, "other", "b.png", picture(t, "二")).JSON()
	at := func(record map[string]any) string {
		return filepath.Join(h.Dir, "storage", "kehuattachments", record["id"].(string), record["file"].(string))
	}
	whole, err := os.ReadFile(at(one))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(at(other))
	if err != nil {
		t.Fatal(err)
	}
	turned := bytes.Clone(whole)
	turned[len(turned)/2] ^= 1
	for name, content := range map[string][]byte{"turned": turned, "cut": whole[:len(whole)-100],
		"short": whole[:20], "empty": {}, "another's": foreign, "plain": picture(t, "")} {
		if err := os.WriteFile(at(one), content, 0o600); err != nil {
			t.Fatal(err)
		}
		got := fetch(h, "sales", pathOf(one), "")
		if got.Status == 200 && len(got.Body) > 0 || strings.Contains(string(got.Body), "kehu/") {
			t.Errorf("%s: %d, %d bytes", name, got.Status, len(got.Body))
		}
	}
}

// A stored workbook that lost its end is refused: of a .csv, half would be taken for the whole.
func TestAStoredWorkbookThatWasCutIsRefused(t *testing.T) {
	h := tests.Start(t)
	var rows strings.Builder
	rows.WriteString("客户名称,备注\n")
	for i := range 4000 {
		fmt.Fprintf(&rows, "第%d有限公司,%s\n", i, strings.Repeat("备注", 200))
	}
	id := h.Upload("data_admin", "a.csv", []byte(rows.String()), nil)["id"].(string)
	name := value[string](h, "SELECT file FROM imports WHERE id = '"+id+"'")
	path := filepath.Join(h.Dir, "storage", "kehuimports0000", id, name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{len(whole) - 1, len(whole) / 2, len(whole) >> 20 << 20, 1 << 20, 100, 0} {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		a := h.Do("data_admin", "PATCH", "/api/kehu/imports/"+id, map[string]any{})
		if a.Status != 400 || !clear(a.Text("message")) {
			t.Errorf("cut to %d of %d: %d %s", size, len(whole), a.Status, cutText(string(a.Body), 500))
		}
	}
	h.Do("data_admin", "POST", "/api/kehu/imports/"+id+"/start", nil)
	if show := h.Wait("data_admin", id, "running"); show["state"] != "failed" ||
		!clear(show["error"].(string)) {
		t.Errorf("%v %v", show["state"], show["error"])
	}
	if n := value[int](h, "SELECT count(*) FROM customers"); n != 0 {
		t.Errorf("%d customers", n)
	}
}
