package web

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/ui"
)

// The extension of the built-in admin UI stands on what PocketBase's interface happens to be: it is
// undocumented and changes with any version. These tests read the interface that is built in and name
// what an upgrade has taken away. What to do then: docs/architecture.md, “The admin UI”.

// builtIn is PocketBase's own script, as it is served.
func builtIn(t *testing.T) string {
	t.Helper()
	all := ""
	for _, pattern := range []string{"assets/*.js", "libs/shablon/*.js"} {
		names, err := fs.Glob(ui.DistDirFS, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no %s in PocketBase's interface: %v", pattern, err)
		}
		for _, name := range names {
			content, err := fs.ReadFile(ui.DistDirFS, name)
			if err != nil {
				t.Fatal(err)
			}
			all += string(content) + "\n"
		}
	}
	return all
}

func sheets(t *testing.T) string {
	t.Helper()
	names, err := fs.Glob(ui.DistDirFS, "assets/index-*.css")
	if err != nil || len(names) != 1 {
		t.Fatalf("the extension puts one sheet of PocketBase into a layer; there are %v, %v", names, err)
	}
	content, err := fs.ReadFile(ui.DistDirFS, names[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var (
	mounted = regexp.MustCompile(`mount:(\w+)`)
	member  = regexp.MustCompile(`\bapp\.(modals|components|toasts|utils|routes|attrs|consts)\.(\w+)`)
	kept    = regexp.MustCompile(`\bapp\.store\.(\w+)`)
	wrapped = regexp.MustCompile(`wrap\(app\.(\w+), '(\w+)'`)
	href    = regexp.MustCompile(`'(#/(?:settings|logs|collections)[\w/-]*)`)
)

func TestWhatTheExtensionStandsOnIsThere(t *testing.T) {
	script, own := builtIn(t), ""
	for name, content := range extension(t) {
		if strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, "zh.js") {
			own += content
		}
	}
	need := func(what, text string) {
		t.Helper()
		if !strings.Contains(script, text) {
			t.Errorf("PocketBase's interface has no %s any more: no %q in its script", what, text)
		}
	}
	found := 0
	for _, m := range mounted.FindAllStringSubmatch(own, -1) {
		need("place "+m[1]+" that is announced", "pbEvent:`"+m[1]+"`")
		found++
	}
	for _, m := range append(member.FindAllStringSubmatch(own, -1), wrapped.FindAllStringSubmatch(own, -1)...) {
		if m[2] == "components" { // by their name in an assignment
			continue
		}
		if !regexp.MustCompile(`\b` + m[2] + `\b`).MatchString(script) {
			t.Errorf("PocketBase's interface has no app.%s.%s any more", m[1], m[2])
		}
		found++
	}
	for _, m := range kept.FindAllStringSubmatch(own, -1) {
		if !regexp.MustCompile(`\b` + m[1] + `\b`).MatchString(script) {
			t.Errorf("PocketBase's interface keeps no app.store.%s any more", m[1])
		}
		found++
	}
	for _, m := range href.FindAllStringSubmatch(own, -1) {
		need("page "+m[1], "`"+m[1])
		found++
	}
	for what, text := range map[string]string{
		"global t, store, watch, router":      "e.router=N,e.store=_,e.t=x,e.watch=h",
		"router that is looked up when used":  "router(",
		"script of the extensions":            "/_/extensions.js",
		"events when something appears":       "`mount:`+",
		"events when something goes":          "`unmount:`+",
		"kinds of fields":                     "fieldTypes",
		"hook before a record is saved":       "onrecordsave",
		"columns that are remembered":         "pbColumns_",
		"record's form that fetches anew":     "upsert_load_",
		"guard of pages that need an account": "superuserOnly",
	} {
		need(what, text)
	}
	if found < 20 {
		t.Errorf("only %d assumptions were found in the extension", found)
	}
}

func TestPlacesThatTheExtensionMarksAreThere(t *testing.T) {
	script, sheet := builtIn(t), sheets(t)
	for class, why := range map[string]string{
		"modal-header": "a customer's tabs", "modal-content": "a customer's form", "modal-footer": "a customer's form",
		"btn-collection-settings": "the schema has one place", "new-collection": "the schema has one place",
		"api-preview-btn": "it is for programmers", "records-bulkbar": "files leave by an export on record",
		"nav-group-system-collections": "linked staff do not see it", "dropdown-item-manage": "of owners only",
		"color-scheme-picker": "the language's switch", "missing-value": "what is empty",
		"record-upsert-modal": "what a refusal says", "new-record-btn": "a new customer's page",
		"tab-item": "a customer's tabs", "tabs-header": "a customer's tabs", "select-option": "labels of options",
	} {
		if !strings.Contains(script, class) && !strings.Contains(sheet, class) {
			t.Errorf("PocketBase's interface has no .%s any more (%s)", class, why)
		}
	}
	for _, token := range []string{"--surfaceAlt1Color", "--baseFontFamily", "--spacing", "--smFontSize", "data-color-scheme"} {
		if !strings.Contains(sheet, token) {
			t.Errorf("PocketBase's sheet has no %s any more", token)
		}
	}
}

// stores are the places in PocketBase's script that write into the browser's storage. Each was looked
// at: storage.js says which may. A new one is to be looked at and counted here.
const stores = 16

func TestEveryWriteIntoTheBrowsersStorageIsKnown(t *testing.T) {
	script := builtIn(t)
	writes := strings.Count(script, "localStorage.setItem(") + strings.Count(script, "localStorage?.setItem(")
	if other := strings.Count(script, "sessionStorage"); other != 0 || strings.Contains(script, "indexedDB") {
		t.Errorf("PocketBase's interface also writes elsewhere: sessionStorage %d times", other)
	}
	if writes != stores {
		t.Errorf("PocketBase's interface writes into the browser's storage in %d places, %d are known: "+
			"look at them for data in plain, see admin_ui/storage.js", writes, stores)
	}
}

var translated = regexp.MustCompile(`(?m)(?:^|[{,])\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\w+)):\s*'`)

// TestWordsOfTheAdminUIAreStillSaid finds words that a new version says otherwise.
func TestWordsOfTheAdminUIAreStillSaid(t *testing.T) {
	script := builtIn(t)
	content := extension(t)["admin_ui/zh.js"]
	from, to := strings.Index(content, "export const words"), strings.Index(content, "export const patterns")
	gone, all := []string{}, 0
	for _, m := range translated.FindAllStringSubmatch(content[from:to], -1) {
		text := strings.NewReplacer(`\n`, "\n", `\'`, "'").Replace(m[1] + m[2] + m[3])
		all++
		if !strings.Contains(script, text) && !strings.Contains(script, strings.ReplaceAll(text, "\n", `\n`)) {
			gone = append(gone, text)
		}
	}
	// Of the server, and put together from parts.
	gone = slices.DeleteFunc(gone, func(text string) bool { return slices.Contains(notInScript, text) })
	if len(gone) > 0 || all < 300 {
		t.Errorf("of %d words %d are not said any more: %q", all, len(gone), gone)
	}
}

var notInScript = []string{"Email", "Something went wrong while processing your request.",
	"The requested resource wasn't found.", "You are not allowed to perform this request."}
