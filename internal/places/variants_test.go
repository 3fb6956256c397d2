package places

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const street = "建设路18号3栋"

// counties calls f for every division that an address can end with.
func counties(f func(d Division, path []Division)) {
	for _, d := range All() {
		if Complete(d.Code) {
			f(d, Path(d.Code))
		}
	}
}

func TestEveryCountyFromItsFullName(t *testing.T) {
	counties(func(d Division, _ []Division) {
		a, _, err := Parse(FullName(d.Code) + street)
		if a.Division() != d.Code || err != nil || a.Rest != street || a.Historic {
			t.Errorf("%s: %s rest %q %v", FullName(d.Code), a.Division(), a.Rest, err)
		}
	})
}

func TestEveryCountyWithSeparators(t *testing.T) {
	for _, sep := range []string{" ", "-", "/", "，", "|", "　"} {
		counties(func(d Division, path []Division) {
			names := make([]string, len(path))
			for i, p := range path {
				names[i] = p.Name
			}
			text := strings.Join(append(names, street), sep)
			if a, _, err := Parse(text); a.Division() != d.Code || err != nil || a.Rest != street {
				t.Errorf("%s: %s rest %q %v", text, a.Division(), a.Rest, err)
			}
		})
	}
}

// allShort joins the names without their suffixes; ok is false where one has no short name, or
// where two units of the parent share it.
func allShort(path []Division) (text string, ok bool) {
	t := load()
	for i, p := range path {
		u := t.units[t.current[p.Code]]
		if u.short == "" || slices.Contains(neverShort, u.short) {
			return "", false
		}
		if i > 0 && t.units[u.parent].short == u.short {
			return "", false // 朝阳市朝阳县
		}
		text += u.short
	}
	return text, true
}

func TestEveryCountyWithoutSuffixes(t *testing.T) {
	tried, ambiguous := 0, 0
	counties(func(d Division, path []Division) {
		short, ok := allShort(path)
		if !ok {
			return
		}
		tried++
		a, _, err := Parse(short + "人民路1号")
		switch {
		case verdictOf(err) == ErrAmbiguous.Code && slices.Contains(a.Alternatives, d.Code):
			ambiguous++ // 伊宁市 and 伊宁县
		case a.Division() != d.Code || err != nil:
			t.Errorf("%s (%s): %s %v", short, FullName(d.Code), a.Division(), err)
		}
	})
	t.Logf("%d tried, %d ambiguous", tried, ambiguous)
	if tried < 2680 || ambiguous > 40 {
		t.Errorf("%d tried, %d ambiguous", tried, ambiguous)
	}
}

// unique tells whether no other division below top has that full name.
func unique(d Division, top string) bool {
	for _, other := range All() {
		if other.Name == d.Name && other.Code != d.Code && strings.HasPrefix(other.Code, top) {
			return false
		}
	}
	return true
}

func TestEveryCountyWithLevelsLeftOut(t *testing.T) {
	variants := map[string]func(path []Division) (text, top string){
		"province left out": func(p []Division) (string, string) {
			if len(p) < 2 {
				return "", ""
			}
			text := ""
			for _, d := range p[1:] {
				text += d.Name
			}
			if p[1].Level == LevelCounty {
				return text, ""
			}
			return text, p[1].Code[:4]
		},
		"city left out": func(p []Division) (string, string) {
			if len(p) < 3 {
				return "", ""
			}
			return p[0].Name + p[2].Name, p[0].Code[:2]
		},
		"county alone": func(p []Division) (string, string) { return p[len(p)-1].Name, "" },
	}
	for name, write := range variants {
		t.Run(name, func(t *testing.T) {
			found, asked := 0, 0
			counties(func(d Division, path []Division) {
				text, top := write(path)
				if text == "" {
					return
				}
				a, _, err := Parse(text + street)
				if a.Division() == d.Code && err == nil {
					found++
					return
				}
				asked++
				if unique(d, top) || !slices.Contains(a.Alternatives, d.Code) {
					t.Errorf("%s (%s): %s %v", text, FullName(d.Code), a.Division(), err)
				}
			})
			t.Logf("%d found, %d asked about", found, asked)
		})
	}
}

// Every county abolished since 2010 leads to one of its successors, or asks among them.
func TestEveryCountyAbolishedSince2010(t *testing.T) {
	one, asked, islands := 0, 0, 0
	for _, r := range load().rows {
		if r.level != LevelCounty || r.until < 2010 {
			continue
		}
		city := r.city
		if city == "直辖" {
			city = ""
		}
		text := r.province + city + r.name
		a, _, err := Parse(text + street)
		now := Current(r.code)
		switch {
		case err == nil && slices.Contains(successorsOf(r), a.Division()):
			one++
		case verdictOf(err) == ErrAmbiguous.Code && slices.Equal(a.Alternatives, successorsOf(r)):
			asked++
		case a.City == "460300" && now[0] == "460300":
			islands++ // they became 三沙市 first, which was divided later
		default:
			t.Errorf("%s (%s, until %d): %s %v %v, now %v", text, r.code, r.until, a.Division(),
				a.Alternatives, err, now)
		}
	}
	t.Logf("%d lead to one, %d are asked about, %d islands", one, asked, islands)
	if one < 300 || islands > 3 {
		t.Errorf("%d lead to one, %d islands", one, islands)
	}
}

func successorsOf(r row) []string {
	t := load()
	return t.codes(t.resolve(r))
}

func TestNamesFitTheHead(t *testing.T) {
	longest := 0
	for _, d := range All() {
		longest = max(longest, utf8.RuneCountInString(FullName(d.Code)))
	}
	if 2*longest > headSize {
		t.Errorf("the longest full name has %d characters", longest)
	}
}
