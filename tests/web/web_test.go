// Package web guards the files of the web app: what runs is what was reviewed, nothing comes from
// another host, and nothing is written into a page as markup.
package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var public = os.DirFS(filepath.Join("..", "..", "pb_public"))

// files are those under a folder that end one of these ways.
func files(t *testing.T, under string, ends ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(public, under, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(ends, path.Ext(name)) {
			return err
		}
		content, err := fs.ReadFile(public, name)
		found[name] = string(content)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %d files, %v", under, len(found), err)
	}
	return found
}

var vendored = regexp.MustCompile(`(?m)^\| (\S+\.js) \| .* \| ([0-9a-f]{64}) \|$`)

func TestVendoredFilesAreThoseOfTheList(t *testing.T) {
	list, err := fs.ReadFile(public, "vendor/VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, m := range vendored.FindAllStringSubmatch(string(list), -1) {
		listed["vendor/"+m[1]] = m[2]
	}
	for name, content := range files(t, "vendor", ".js") {
		sum := sha256.Sum256([]byte(content))
		if got := hex.EncodeToString(sum[:]); got != listed[name] {
			t.Errorf("%s: sha256 %s, the list says %q; run tools/vendor.sh", name, got, listed[name])
		}
		delete(listed, name)
		licence := "vendor/licences/" + strings.TrimSuffix(path.Base(name), ".js") + ".txt"
		if _, err := fs.Stat(public, licence); err != nil {
			t.Errorf("%s has no licence beside it: %v", name, err)
		}
	}
	for name := range listed {
		t.Errorf("%s is listed and not there", name)
	}
}

var imported = regexp.MustCompile(`(?m)(?:\bfrom ?|\bimport ?\(?)["']([^"'\n]+\.js|[@a-z][\w/@-]*)["']`)

func TestImportsAreRelativeAndExist(t *testing.T) {
	for name, content := range files(t, ".", ".js") {
		for _, m := range imported.FindAllStringSubmatch(content, -1) {
			target := path.Join(path.Dir(name), m[1])
			if !strings.HasPrefix(m[1], ".") {
				t.Errorf("%s imports %q, which a browser does not find", name, m[1])
			} else if _, err := fs.Stat(public, target); err != nil {
				t.Errorf("%s imports %q: %v", name, m[1], err)
			}
		}
	}
}

// forbidden are ways to write markup, style or script past the Content-Security-Policy and Preact.
var forbidden = map[string]*regexp.Regexp{
	"another host":                            regexp.MustCompile(`(?i)\bhttps?://|["'(]//\w|\bwss?://`),
	"markup from text":                        regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc`),
	"code from text":                          regexp.MustCompile(`\beval\(|new Function|set(?:Timeout|Interval)\(\s*["'` + "`]"),
	"an inline style":                         regexp.MustCompile(`\bstyle=|\.style\b|<style`),
	"an inline handler":                       regexp.MustCompile(`\son[a-z]+=["']`),
	"an inline script":                        regexp.MustCompile(`<script(?:[^>]*)>[^<]|javascript:`),
	"a lasting token":                         regexp.MustCompile(`LocalAuthStore|document\.cookie`),
	"a class of fontawesome or emoji as icon": regexp.MustCompile(`[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}]`),
}

func TestAppWritesNoMarkupAndKnowsNoOtherHost(t *testing.T) {
	own := files(t, "app", ".js")
	for _, folder := range []string{"style"} {
		for name, content := range files(t, folder, ".css") {
			own[name] = content
		}
	}
	for name, content := range extension(t) {
		own[name] = content
	}
	for name, content := range files(t, ".", ".html", ".svg") {
		own[name] = strings.ReplaceAll(content, `xmlns="http://www.w3.org/2000/svg"`, "")
	}
	for name, content := range own {
		for what, pattern := range forbidden {
			if found := pattern.FindString(content); found != "" {
				t.Errorf("%s holds %s: %q", name, what, found)
			}
		}
	}
}

// TestForbiddenPatternsFind keeps the patterns from going blind.
func TestForbiddenPatternsFind(t *testing.T) {
	for what, text := range map[string]string{
		"another host": `<img src="https://example.com/x">`, "markup from text": `e.innerHTML = x`,
		"code from text": `eval(x)`, "an inline style": `<p style="color:red">`,
		"an inline handler": `<a onclick="x()">`, "an inline script": `<script>x()</script>`,
		"a lasting token": `new LocalAuthStore()`,
	} {
		if !forbidden[what].MatchString(text) {
			t.Errorf("%s is not found in %q", what, text)
		}
	}
}

var (
	word   = regexp.MustCompile(`(?m)^\t'?([\w.]+)'?: \[\s*'((?:[^'\\]|\\.)*)',\s*'((?:[^'\\]|\\.)*)'`)
	asked  = regexp.MustCompile(`\bt\('([\w.]+)'`)
	either = regexp.MustCompile(`\bt\([^()]*?\? '(\w+)' : '(\w+)'`)
	family = regexp.MustCompile("`(\\w+_)\\$\\{")
	han    = regexp.MustCompile(`\p{Han}`)
	named  = regexp.MustCompile(`\{\w+\}`)
)

// readWords answers the words of the pages: key → Chinese, English.
func readWords(t *testing.T) map[string][2]string {
	t.Helper()
	var content []byte
	for _, file := range []string{"app/words.js", "app/words_system.js", "app/words_campaigns.js", "app/words_customers.js"} {
		part, err := fs.ReadFile(public, file)
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, part...)
	}
	words := map[string][2]string{}
	for _, m := range word.FindAllStringSubmatch(string(content), -1) {
		if _, twice := words[m[1]]; twice {
			t.Errorf("words.js has %s twice", m[1])
		}
		words[m[1]] = [2]string{m[2], m[3]}
	}
	if n := strings.Count(string(content), ": ["); n != len(words)+1 { // and the comment of the first
		t.Errorf("words.js has about %d words, %d were read", n-1, len(words))
	}
	return words
}

func TestEveryWordIsInBothLanguages(t *testing.T) {
	for key, w := range readWords(t) {
		if han.MatchString(w[1]) {
			t.Errorf("%s: Chinese in the English words %q", key, w[1])
		}
		if w[1] == "" || w[0] == "" && key != "space" {
			t.Errorf("%s has no words in one language: %q", key, w)
		}
		zh, en := named.FindAllString(w[0], -1), named.FindAllString(w[1], -1)
		slices.Sort(zh)
		slices.Sort(en)
		if !slices.Equal(zh, en) {
			t.Errorf("%s is filled with %v in Chinese and %v in English", key, zh, en)
		}
	}
}

func TestEveryWordThatPagesAskForIsThereAndTheOtherWayRound(t *testing.T) {
	words := readWords(t)
	all, families := "", []string{}
	for name, content := range files(t, "app", ".js") {
		if strings.HasPrefix(name, "app/words") {
			continue
		}
		all += content
		for _, m := range asked.FindAllStringSubmatch(content, -1) {
			mustKnow(t, words, name, m[1])
		}
		for _, m := range either.FindAllStringSubmatch(content, -1) {
			mustKnow(t, words, name, m[1])
			mustKnow(t, words, name, m[2])
		}
		for _, m := range family.FindAllStringSubmatch(content, -1) {
			families = append(families, m[1])
		}
		if han.MatchString(withoutComments(content)) && !strings.Contains(quotedHan, han.FindString(content)) {
			t.Errorf("%s holds Chinese words of its own: they belong in words.js", name)
		}
	}
	for _, content := range extension(t) {
		all += content
	}
	for key := range words {
		inFamily := slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) })
		quoted := regexp.MustCompile("['\"`]" + regexp.QuoteMeta(key) + "['\"`]").MatchString(all)
		if !inFamily && !quoted && !ofFields[key] && !strings.HasSuffix(key, "_unset") &&
			!strings.HasSuffix(key, "_help") {
			t.Errorf("no page asks for the word %s", key)
		}
	}
}

var acted = regexp.MustCompile(`(?m)\bact[A-Z]\w* += "(\w+)"$|\bnote\(by, "(\w+)"`)

// TestEveryActOfTheLogHasWords: the page of the audit log names each act that the register notes.
func TestEveryActOfTheLogHasWords(t *testing.T) {
	words, found := readWords(t), 0
	page, err := fs.ReadFile(public, "app/audit/entry.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []string{"hooks", "backups"} {
		names, err := filepath.Glob(filepath.Join("..", "..", room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, m := range acted.FindAllStringSubmatch(string(content), -1) {
				found++
				act := m[1] + m[2]
				if _, ok := words["audit_act_"+act]; !ok || !strings.Contains(string(page), "'"+act+"'") {
					t.Errorf("%s notes %s, and the page of the audit log has no words for it", name, act)
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d acts were found", found)
	}
}

// ofFields are asked for by the path of what a column was taken for.
var ofFields = map[string]bool{"division.province": true, "division.city": true,
	"division.district": true, "area_code": true}

// extension are the modules and the sheet that are added to the built-in admin UI.
func extension(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	names, err := filepath.Glob(filepath.Join("..", "..", "admin_ui", "*.[jc]s*"))
	if err != nil || len(names) < 5 {
		t.Fatalf("%d files of the extension, %v", len(names), err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found["admin_ui/"+filepath.Base(name)] = string(content)
	}
	return found
}

// quotedHan are the signs and the one word that modules hold themselves: the list comma, and the name
// of the other language on its switch.
const quotedHan = "、中文"

func withoutComments(content string) string {
	return regexp.MustCompile(`(?m)//.*$`).ReplaceAllString(content, "")
}

func mustKnow(t *testing.T, words map[string][2]string, file, key string) {
	t.Helper()
	if _, ok := words[key]; !ok {
		t.Errorf("%s asks for the word %s, which words.js does not have", file, key)
	}
}

// TestModulesAreSmall keeps a module readable at one sitting.
func TestModulesAreSmall(t *testing.T) {
	const most, widest = 200, 110
	for name, content := range files(t, "app", ".js") {
		lines := strings.Split(content, "\n")
		if len(lines) > most && !strings.HasPrefix(name, "app/words") {
			t.Errorf("%s has %d lines, more than %d", name, len(lines), most)
		}
		for i, line := range lines {
			if width := len([]rune(strings.ReplaceAll(line, "\t", "  "))); width > widest {
				t.Errorf("%s:%d is %d columns wide", name, i+1, width)
			}
		}
	}
}
