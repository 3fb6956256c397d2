package places

import (
	"slices"
	"strconv"
	"strings"
)

// maxSteps bounds a chain of successors; the longest in the data has 6.
const maxSteps = 32

// Current returns the codes of today for a code of 1981 to 2024, sorted: the code itself while it
// is in force, else where its successors lead; several where it was divided. Nil when the code
// was never issued. Territory that left a division before its end is not followed (栾城县 gave
// villages away in 2001 and became 栾城区 in 2014: 栾城区).
func Current(oldCode string) []string {
	t := load()
	if _, ok := t.current[oldCode]; ok {
		return []string{oldCode}
	}
	var codes []string
	for _, r := range t.rowsOf(oldCode) {
		if r.level == LevelCity {
			codes = append(codes, t.oldCity(oldCode)...)
			continue
		}
		codes = append(codes, t.codes(t.resolve(r))...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Known tells whether code was ever issued between 1981 and 2024, and its latest full name.
func Known(code string) (fullName string, ok bool) {
	rows := load().rowsOf(code)
	if len(rows) == 0 {
		return "", false
	}
	last := rows[0]
	for _, r := range rows[1:] {
		if r.until == 0 || (last.until != 0 && r.until > last.until) {
			last = r
		}
	}
	switch {
	case last.level == LevelProvince:
		return last.name, true
	case last.level == LevelCity || last.city == "直辖":
		return last.province + last.name, true
	}
	return last.province + last.city + last.name, true
}

// successorOfCity names the division of today for former cities whose counties do not tell it:
// they had none, or kept their codes.
var successorOfCity = map[string]string{
	"420400": "421003", // 沙市市 → 荆州市沙市区
	"441000": "460100", // 广东省海口市
	"441100": "460200", // 广东省三亚市
	"530200": "530113", // 东川市 → 昆明市东川区
	"650300": "659001", // 石河子市
	"652400": "654000", // 伊犁哈萨克自治州
	"652500": "654200", // 塔城地区
	"652600": "654300", // 阿勒泰地区
}

func (t *tables) oldCity(code string) []string {
	if known := t.knownSuccessor(code); known != nil {
		return t.codes(known)
	}
	var codes []string
	for _, u := range t.units[len(t.divisions):] {
		if u.code == code {
			codes = append(codes, t.codes(u.targets)...)
		}
	}
	return codes
}

// resolve follows a row's successors to the units of today, sorted.
func (t *tables) resolve(r row) []int {
	var found []int
	t.follow(r, &found, 0)
	slices.Sort(found)
	return slices.Compact(found)
}

func (t *tables) follow(r row, found *[]int, step int) {
	if r.until == 0 {
		*found = append(*found, t.current[r.code])
		return
	}
	if step == maxSteps {
		return
	}
	for next := range strings.SplitSeq(finalSuccessors(r.successors), ";") {
		code, year := splitYear(next, r.until)
		if to, ok := t.at(code, year); ok {
			t.follow(to, found, step+1)
		}
	}
}

// finalSuccessors leaves out the codes with a year in brackets: territory that left earlier.
// Where all have one, there is nothing else to follow.
func finalSuccessors(successors string) string {
	if !strings.Contains(successors, "[") {
		return successors
	}
	var final []string
	for s := range strings.SplitSeq(successors, ";") {
		if !strings.Contains(s, "[") {
			final = append(final, s)
		}
	}
	if len(final) == 0 {
		return successors
	}
	return strings.Join(final, ";")
}

func splitYear(successor string, until int) (code string, year int) {
	code, bracket, found := strings.Cut(successor, "[")
	if !found {
		return code, until
	}
	year, err := strconv.Atoi(strings.TrimSuffix(bracket, "]"))
	if err != nil {
		return code, until
	}
	return code, year
}

// at returns the row that code had in that year, else the next one after it.
func (t *tables) at(code string, year int) (row, bool) {
	var best row
	ok := false
	for _, r := range t.rowsOf(code) {
		ended := r.until != 0 && r.until <= year
		if !ended && (!ok || r.from < best.from) {
			best, ok = r, true
		}
	}
	return best, ok
}
