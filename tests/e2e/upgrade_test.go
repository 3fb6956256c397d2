package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chromedp/chromedp"
)

// buildOf are the files of a folder as another build of the program has them: the modules named say which.
func buildOf(t *testing.T, folder, build string, modules ...string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS(filepath.Join("..", "..", folder))
	must(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		files[name] = &fstest.MapFile{Data: content}
		return err
	}))
	for _, name := range modules {
		of := "globalThis.built = { ...globalThis.built, " + `"` + name + `": "` + build + `" }` + "\n"
		files[name].Data = append(files[name].Data, []byte("\n"+of)...)
	}
	return files
}

// TestAnUpgradeReachesTheBrowser: after the program was replaced, a browser that has used the one before runs
// the new modules at its next visit, in both shells, those that are loaded when a page is opened too.
func TestAnUpgradeReachesTheBrowser(t *testing.T) {
	web := []string{"app/main.js", "app/i18n.js", "app/pages/dashboard.js"}
	admin := []string{"main.js", "start.js"}
	open := func(dir, address, build string) *house {
		return openHouseIn(t, dir, address, buildOf(t, "pb_public", build, web...), buildOf(t, "admin_ui", build, admin...))
	}
	dir := t.TempDir()
	h := open(dir, "127.0.0.1:0", "A")
	h.makeStaff()
	h.save("_superusers", map[string]any{"email": "owner@example.com"})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	ran := func(build string, modules ...string) {
		t.Helper()
		for _, name := range modules {
			p.until(name+" of build "+build, `globalThis.built?.[%s] === %s`, name, build)
		}
	}
	p.signIn("admin")
	p.visit("#/dashboard")
	ran("A", web...)
	p.do(chromedp.Navigate(h.url + "/_/"))
	p.adminSignIn("owner")
	p.visit("#/kehu/dashboard")
	ran("A", append(admin, web[1:]...)...)

	p.do(chromedp.Navigate("about:blank"))
	h.stop()
	h = open(dir, strings.TrimPrefix(h.url, "http://"), "B")
	p.do(chromedp.Navigate(h.url + "/#/dashboard"))
	ran("B", web...)
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(h.url+"/_/#/kehu/dashboard"))
	ran("B", append(admin, web[1:]...)...)
	p.see("[data-chart=created]", "每月新增客户")
	p.clean()
}
