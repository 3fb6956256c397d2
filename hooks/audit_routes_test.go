package hooks

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var boundRoute = regexp.MustCompile(`g\.(GET|POST|PATCH|PUT|DELETE)\("(/[^"]*)"`)

// Every route of the register's own has a line that says how its use goes on record, and every line
// has a route.
func TestEveryRouteSaysHowItIsNoted(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	bound := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range boundRoute.FindAllStringSubmatch(string(source), -1) {
			bound[route[1]+" "+route[2]] = true
		}
	}
	if len(bound) < 30 {
		t.Errorf("only %d routes were found: does this test still read them?", len(bound))
	}
	for route := range bound {
		if _, listed := routeNotes[route]; !listed {
			t.Errorf("%s has no line in routeNotes", route)
		}
	}
	for route := range routeNotes {
		if !bound[route] {
			t.Errorf("%s is no route any more", route)
		}
	}
}
