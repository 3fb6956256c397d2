// Package tidy tests the house itself: which room may use which, and how long things are.
package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const root = "../.."

// Limits of the house's style.
const (
	maxFileLines     = 700
	maxFunctionLines = 80
	maxColumns       = 130
)

// files calls do for every Go file of the product.
func files(t *testing.T, do func(path string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		n++
		do(filepath.ToSlash(strings.TrimPrefix(path, root+"/")), set, file)
		return nil
	})
	if err != nil || n < 100 {
		t.Fatalf("%d files, %v", n, err)
	}
}

func isTest(path string) bool { return strings.HasSuffix(path, "_test.go") }

// internal/ knows no PocketBase, no network, and has no clock and no chance of its own: those come
// in as values, so that every rule can be tested as a table.
func TestInternalPackagesArePure(t *testing.T) {
	files(t, func(path string, set *token.FileSet, file *ast.File) {
		if !strings.HasPrefix(path, "internal/") || isTest(path) {
			return
		}
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			for _, barred := range []string{"github.com/pocketbase", "net/http", "net", "math/rand",
				"crypto/rand", "kehu/hooks", "kehu/collections", "kehu/commands", "kehu/backups"} {
				if name == "crypto/rand" && path == "internal/cipherdb/vfs.go" {
					continue // SQLite asks for keys of its temporary files in the middle of its work
				}
				if name == barred || strings.HasPrefix(name, barred+"/") && barred != "net" {
					t.Errorf("%s imports %s", path, name)
				}
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && call.Sel.Name == "Now" {
				t.Errorf("%s reads the clock at %s", path, set.Position(call.Pos()))
			}
			return true
		})
	})
}

// Imports run one way: main → commands → hooks, backups → collections → internal.
func TestImportsRunOneWay(t *testing.T) {
	barred := map[string][]string{
		"collections/": {"kehu/hooks", "kehu/backups", "kehu/commands"},
		"hooks/":       {"kehu/backups", "kehu/commands", "kehu/demo"},
		"backups/":     {"kehu/hooks", "kehu/commands"},
	}
	files(t, func(path string, _ *token.FileSet, file *ast.File) {
		if isTest(path) {
			return
		}
		for room, names := range barred {
			if !strings.HasPrefix(path, room) {
				continue
			}
			for _, spec := range file.Imports {
				for _, name := range names {
					if strings.Trim(spec.Path.Value, `"`) == name {
						t.Errorf("%s imports %s", path, name)
					}
				}
			}
		}
	})
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	files(t, func(path string, set *token.FileSet, file *ast.File) {
		table := path == "internal/fields/table.go"
		if lines := set.File(file.Pos()).LineCount(); lines > maxFileLines && !isTest(path) {
			t.Errorf("%s has %d lines", path, lines)
		}
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok || table || isTest(path) {
				continue
			}
			first, last := set.Position(function.Pos()).Line, set.Position(function.End()).Line
			if last-first > maxFunctionLines {
				t.Errorf("%s: %s has %d lines", path, function.Name.Name, last-first)
			}
		}
	})
}

// Every exported name of a package's own code says what it is.
func TestExportedNamesAreExplained(t *testing.T) {
	files(t, func(path string, set *token.FileSet, file *ast.File) {
		if isTest(path) {
			return
		}
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && function.Name.IsExported() && function.Doc == nil && exportedReceiver(function) {
				t.Errorf("%s: %s has no comment", set.Position(function.Pos()), function.Name.Name)
			}
		}
	})
}

func TestLinesAreReadable(t *testing.T) {
	files(t, func(path string, set *token.FileSet, file *ast.File) {
		if isTest(path) || strings.HasPrefix(path, "tests/") {
			return
		}
		for _, group := range file.Comments {
			for _, line := range strings.Split(group.Text(), "\n") {
				if utf8.RuneCountInString(line) > maxColumns {
					t.Errorf("%s: a comment of %d columns", set.Position(group.Pos()), utf8.RuneCountInString(line))
				}
			}
		}
	})
}

// exportedReceiver: a method of an unexported type is there for an interface, which explains it.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	name, ok := kind.(*ast.Ident)
	return ok && name.IsExported()
}
