package industry

import (
	"slices"
	"strings"
	"testing"
)

func TestTheTableHasEveryLevel(t *testing.T) {
	count := map[int]int{}
	for _, e := range All() {
		count[e.Level]++
	}
	if count[1] != 20 || count[2] != 97 || count[3] != 473 || count[4] != 1381 {
		t.Errorf("sections, divisions, groups, classes: %v", count)
	}
	if !slices.IsSortedFunc(All(), func(a, b Industry) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("not in the order of ids")
	}
}

func TestEveryEntryHangsBelowItsCode(t *testing.T) {
	for _, e := range All() {
		want := ""
		switch e.Level {
		case LevelDivision:
			want = e.ID[:1]
		case LevelGroup, LevelClass:
			want = e.ID[:len(e.ID)-1]
		}
		if e.Parent != want || e.Name == "" || strings.TrimSpace(e.Name) != e.Name {
			t.Errorf("%+v: parent %q, want %q", e, e.Parent, want)
		}
		if got, ok := Find(e.ID); !ok || got != e {
			t.Errorf("%s: found %+v", e.ID, got)
		}
		if path := Path(e.ID); len(path) != e.Level || path[len(path)-1] != e {
			t.Errorf("%s: path %v", e.ID, path)
		}
	}
	if _, ok := Find("C99"); ok || Path("C99") != nil || Label("C99") != "" {
		t.Error("C99 does not exist")
	}
}

func TestLabels(t *testing.T) {
	for id, want := range map[string]string{
		"C":     "制造业",
		"C35":   "制造业-专用设备制造业",
		"K70":   "房地产业",
		"C3911": "制造业-计算机、通信和其他电子设备制造业-计算机制造-计算机整机制造",
	} {
		if got := Label(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

func TestEveryWordNamesEntriesOfTheTable(t *testing.T) {
	seen := map[string]bool{}
	words := 0
	for line := range strings.Lines(wordsTSV) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) < 2 || len(f) > 4 {
			t.Errorf("%d columns: %s", len(f), line)
			continue
		}
		for id := range strings.SplitSeq(strings.TrimPrefix(strings.Join(f[1:], ";"), "?"), ";") {
			if _, ok := Find(id); !ok && id != "" {
				t.Errorf("%s does not exist: %s", id, line)
			}
		}
		for word := range strings.SplitSeq(f[0], ",") {
			words++
			if k := key(word); seen[k] || k == "" {
				t.Errorf("%s stands twice", word)
			} else {
				seen[k] = true
			}
		}
	}
	if words < 150 {
		t.Errorf("only %d words", words)
	}
}

// A word of the table that is a name of the standard as well means that entry or offers it.
func TestWordsDoNotContradictNames(t *testing.T) {
	tables := load()
	for word, m := range tables.words.usual {
		for _, i := range tables.words.names[word] {
			agrees := slices.ContainsFunc(m.ids, func(j int) bool { return tables.related(i, j) })
			if !agrees {
				t.Errorf("%s: the name is %s, the table says %s", word, tables.all[i].ID,
					tables.all[m.ids[0]].ID)
			}
		}
	}
}
