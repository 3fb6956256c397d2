// Package docs holds the documents to the product: codes, routes, modules and links that they name
// are those that exist.
package docs

import (
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "kehu/commands" // everything that declares faults
	"kehu/internal/fault"
)

var update = flag.Bool("update", false, "write the list of codes in docs/api.md anew")

const root = "../.."

// The list of codes stands between these lines of docs/api.md.
const (
	listBegins = "<!-- codes: written by `go test ./tests/docs -update` -->\n"
	listEnds   = "<!-- end of codes -->\n"
)

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestCodes: docs/api.md lists every code of the catalogue with its sentences, and no other.
func TestCodes(t *testing.T) {
	text := read(t, "docs/api.md")
	before, rest, begins := strings.Cut(text, listBegins)
	listed, after, ends := strings.Cut(rest, listEnds)
	if !begins || !ends {
		t.Fatal("docs/api.md has lost the lines around its list of codes")
	}
	wanted := listOfCodes()
	if *update {
		whole := before + listBegins + wanted + listEnds + after
		if err := os.WriteFile(filepath.Join(root, "docs/api.md"), []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	const mend = "go test ./tests/docs -update"
	for line := range strings.Lines(wanted) {
		if !strings.Contains(listed, line) {
			t.Errorf("docs/api.md lacks (%s): %s", mend, line)
		}
	}
	for line := range strings.Lines(listed) {
		if !strings.Contains(wanted, line) {
			t.Errorf("docs/api.md lists what is no fault of the product (%s): %s", mend, line)
		}
	}
}

func listOfCodes() string {
	var list strings.Builder
	list.WriteString("| code | 中文 | English |\n|---|---|---|\n")
	cell := strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", ">", "&gt;")
	for _, f := range fault.Catalogue() {
		fmt.Fprintf(&list, "| `%s` | %s | %s |\n", f.Code, cell.Replace(f.Chinese()),
			cell.Replace(f.English()))
	}
	return list.String()
}

var routeInCode = regexp.MustCompile(`g\.(GET|POST|PATCH|PUT|DELETE)\("(/[^"]*)"`)

// TestRoutes: docs/api.md has every route of the product's own.
func TestRoutes(t *testing.T) {
	text := read(t, "docs/api.md")
	files, err := filepath.Glob(filepath.Join(root, "hooks", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range routeInCode.FindAllStringSubmatch(string(source), -1) {
			found++
			if line := "`" + route[1] + " " + route[2]; !strings.Contains(text, line) {
				t.Errorf("docs/api.md lacks %s`, bound in %s", line, filepath.Base(file))
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d routes were found in hooks: does this test still read them?", found)
	}
}

// TestModules: docs/third-party.md names every module that is linked, in its version, and no other.
func TestModules(t *testing.T) {
	section, _, _ := strings.Cut(read(t, "docs/third-party.md"), "\n## JavaScript")
	linked := map[string]bool{}
	for _, system := range []string{"linux", "windows", "darwin"} {
		for _, module := range modulesOf(t, system) {
			linked[module] = true
		}
	}
	for module := range linked {
		if !strings.Contains(section, "\n"+module) {
			t.Errorf("docs/third-party.md lacks %s", module)
		}
	}
	for _, line := range moduleInTable.FindAllString(section, -1) {
		if !linked[line] {
			t.Errorf("docs/third-party.md names what is not linked: %s", line)
		}
	}
}

var moduleInTable = regexp.MustCompile(`(?m)^\| \S+\.\S+ \| v\S+ \|`)

// modulesOf lists the modules linked for a system as the table begins its rows: | path | version |.
func modulesOf(t *testing.T, system string) []string {
	t.Helper()
	const format = "{{with .Module}}{{if .Version}}| {{.Path}} | {{.Version}} |{{end}}{{end}}"
	list := exec.Command("go", "list", "-deps", "-f", format, ".")
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list for %s: %v", system, err)
	}
	modules := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(modules) < 10 {
		t.Fatalf("go list for %s names only %d packages of modules", system, len(modules))
	}
	return modules
}

var (
	link   = regexp.MustCompile(`\]\(([^()\s]+(?:\([^()\s]*\))?[^()\s]*)\)`)
	fenced = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// TestLinks: what a document links to within the tree is there.
func TestLinks(t *testing.T) {
	documents := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		documents++
		checkLinks(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if documents < 10 {
		t.Errorf("only %d documents were found", documents)
	}
}

func checkLinks(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(content), ""), -1) {
		target, err := url.Parse(m[1])
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if target.Scheme != "" || target.Path == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), target.Path)); err != nil {
			t.Errorf("%s: the link %s leads nowhere", path, m[1])
		}
	}
}
