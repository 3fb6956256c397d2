// Package industry knows the industrial classification for national economic activities
// (GB/T 4754-2017) and finds in it what people type as an industry.
//
// The tables are read once, on first use; everything is safe for concurrent use.
package industry

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The levels of an industry: 门类, 大类, 中类, 小类.
const (
	LevelSection  = 1
	LevelDivision = 2
	LevelGroup    = 3
	LevelClass    = 4
)

// Industry is one entry of the classification.
type Industry struct {
	ID     string // letter of the section and code of the standard: C, C39, C391, C3911
	Name   string // as in the standard: 计算机整机制造
	Parent string // id of the entry above, empty for a section
	Level  int    // 1 section, 2 division, 3 group, 4 class
}

// gbt4754-2017.tsv is the standard's table (docs/data/industry.md).
//
//go:embed data/gbt4754-2017.tsv
var tableTSV string

// tables is what is read from the embedded files.
type tables struct {
	all   []Industry     // ordered by id
	index map[string]int // id → place in all
	codes map[string]int // code without letter → place in all
	words words
}

var load = sync.OnceValue(build)

func build() *tables {
	t := &tables{index: map[string]int{}, codes: map[string]int{}}
	t.all = readTable(tableTSV)
	for i, e := range t.all {
		t.index[e.ID] = i
		if len(e.ID) > 1 {
			t.codes[e.ID[1:]] = i
		}
	}
	t.words = t.readWords()
	return t
}

// readTable turns rows of code, name, parent and level, each parent before its children, into
// entries with the letter of their section.
func readTable(tsv string) []Industry {
	_, tsv, _ = strings.Cut(tsv, "\n") // the header
	all := make([]Industry, 0, strings.Count(tsv, "\n")+1)
	ids := make(map[string]string, cap(all)) // code → id
	for line := range strings.Lines(tsv) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) < 3 {
			continue
		}
		e := Industry{ID: f[0], Name: f[1], Parent: ids[f[2]], Level: len(f[0])}
		if e.Parent != "" {
			e.ID = e.Parent[:1] + f[0]
		}
		ids[f[0]] = e.ID
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Industry) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// All returns every entry, ordered by id. The slice must not be changed.
func All() []Industry { return load().all }

// Find returns the entry with that id.
func Find(id string) (Industry, bool) {
	t := load()
	i, ok := t.index[id]
	if !ok {
		return Industry{}, false
	}
	return t.all[i], true
}

// Path returns the entries from the section down to id; empty when there is no such id.
func Path(id string) []Industry {
	var path []Industry
	for e, ok := Find(id); ok; e, ok = Find(e.Parent) {
		path = append(path, e)
	}
	slices.Reverse(path)
	return path
}

// Label joins the names of the path with a hyphen, a name that repeats once: 制造业-专用设备制造业.
// Match understands it. Empty when there is no such id.
func Label(id string) string {
	var label strings.Builder
	last := ""
	for _, e := range Path(id) {
		if e.Name == last {
			continue
		}
		if last != "" {
			label.WriteByte('-')
		}
		label.WriteString(e.Name)
		last = e.Name
	}
	return label.String()
}
