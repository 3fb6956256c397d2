package industry

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"kehu/internal/fault"

	"pgregory.net/rapid"
)

// testdata/texts.tsv is written by hand: what a person would choose for each text.
func TestTextsAsPeopleTypeThem(t *testing.T) {
	data, err := os.ReadFile("testdata/texts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		rows++
		f := append(strings.Split(strings.TrimRight(line, "\n"), "\t"), "")
		checkText(t, f[0], strings.TrimPrefix(f[1], "-"), f[2], f[3], f[4])
	}
	if rows < 100 {
		t.Errorf("only %d rows were read", rows)
	}
}

func checkText(t *testing.T, text, id, exact, verdict, others string) {
	t.Helper()
	hit, more, err := Match(text)
	if hit.ID != id || strconv.FormatBool(hit.Exact) != exact {
		t.Errorf("%s: %s exact %v, want %s %s", text, hit.ID, hit.Exact, id, exact)
	}
	if got := verdictOf(err); got != verdict {
		t.Errorf("%s: %v, want %s", text, err, verdict)
	}
	ids := make([]string, len(more))
	for i, h := range more {
		ids[i] = h.ID
	}
	if got := strings.Join(ids, ";"); got != others {
		t.Errorf("%s: others %s, want %s", text, got, others)
	}
}

func verdictOf(err error) string {
	if err == nil {
		return "ok"
	}
	f, ok := fault.Of(err)
	if !ok {
		return err.Error()
	}
	return f.Code
}

// 202 names stand at two or three levels (房地产业 K and K70): the widest is the answer.
func TestEveryNameFindsItself(t *testing.T) {
	for _, e := range All() {
		hit, _, err := Match(e.Name)
		found, _ := Find(hit.ID)
		if err != nil || !hit.Exact || found.Name != e.Name || !strings.HasPrefix(e.ID, hit.ID) {
			t.Errorf("%s %s: %+v %s %v", e.ID, e.Name, hit, found.Name, err)
		}
	}
}

func TestEveryNameWithout业FindsItself(t *testing.T) {
	for _, e := range All() {
		short := strings.TrimSuffix(e.Name, "业")
		if utf8.RuneCountInString(short) < 2 || short == e.Name {
			continue
		}
		hit, _, err := Match(short)
		if err != nil || !(strings.HasPrefix(e.ID, hit.ID) || strings.HasPrefix(hit.ID, e.ID)) {
			t.Errorf("%s %s: %+v %v", e.ID, short, hit, err)
		}
	}
}

func TestEveryCodeFindsItself(t *testing.T) {
	for _, e := range All() {
		forms := []string{
			e.ID, strings.ToLower(e.ID), " " + e.ID + " ", e.ID + " " + e.Name, e.ID + e.Name,
		}
		if len(e.ID) > 1 {
			forms = append(forms, e.ID[1:], e.ID[1:]+e.Name)
		}
		for _, text := range forms {
			if hit, _, err := Match(text); hit.ID != e.ID || !hit.Exact || err != nil {
				t.Errorf("%q: %+v %v, want %s", text, hit, err, e.ID)
			}
		}
	}
}

func TestLawTheLabelFindsTheEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(All()).Draw(t, "entry")
		sign := rapid.SampledFrom([]string{"-", "/", " > ", "—", " "}).Draw(t, "sign")
		hit, _, err := Match(strings.ReplaceAll(Label(e.ID), "-", sign))
		found, _ := Find(hit.ID)
		if err != nil || found.Name != e.Name || !strings.HasPrefix(e.ID, hit.ID) {
			t.Fatalf("%s: %+v %v", Label(e.ID), hit, err)
		}
	})
}

func TestTheAnswerIsTheSameEveryTime(t *testing.T) {
	for _, text := range []string{"新能源", "机械、化工", "工程", "设备", "服务", "医疗器械销售"} {
		first, others, _ := Match(text)
		for range 20 {
			again, more, _ := Match(text)
			if again != first || !slices.Equal(others, more) {
				t.Fatalf("%s: %v %v, then %v %v", text, first, others, again, more)
			}
		}
	}
}

func TestSentencesSayWhatToDo(t *testing.T) {
	_, _, err := Match("新能源")
	f, _ := fault.Of(err)
	want := "行业「新能源」可能是 电力生产（D441）、电气机械和器材制造业（C38）、新能源车整车制造（C3612），请从中选择一个"
	if got := f.Chinese(); got != want {
		t.Errorf("%s", got)
	}
	_, _, err = Match("哈哈")
	f, _ = fault.Of(err)
	if got := f.Chinese(); !strings.Contains(got, "请从行业列表中选择") {
		t.Errorf("%s", got)
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{
		"制造业-专用设备制造", "C39", "医疗器械批发", "", "\xff", "-", "39软件", "批发、零售", "业业业",
		strings.Repeat("软件", 200), "Ａ", "a股", "3d打印",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hit, others, err := Match(text)
		if (err == nil) != (hit.ID != "") {
			t.Fatalf("%q: %+v with %v", text, hit, err)
		}
		if len(others) > maxOffers {
			t.Fatalf("%q: %d others", text, len(others))
		}
		for _, h := range append(others, hit) {
			if _, ok := Find(h.ID); !ok && h.ID != "" {
				t.Fatalf("%q: %s does not exist", text, h.ID)
			}
			if h.Score < 0 || h.Score > 1 {
				t.Fatalf("%q: score %v", text, h.Score)
			}
		}
		if err != nil && !utf8.ValidString(err.Error()) {
			t.Fatalf("%q: %q", text, err.Error())
		}
	})
}

var benchmarkTexts = []string{
	"制造业", "制造业-专用设备制造", "软件开发", "餐饮", "医疗器械", "批发和零售业", "C3911", "电子商务",
}

func BenchmarkMatch(b *testing.B) {
	load()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, _, _ = Match(benchmarkTexts[i%len(benchmarkTexts)])
		i++
	}
}

func BenchmarkMatchUnknown(b *testing.B) {
	load()
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = Match("从事某某相关工作")
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		build()
	}
}
