package places

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// areacodes.csv is yescallop/areacodes (CC0): every code at county level and above with its years
// and successors. Its rows in force equal the list of 2024 (docs/data/places.md).
//
//go:embed data/areacodes.csv
var areacodesCSV string

//go:embed data/aliases.tsv
var aliasesTSV string

//go:embed data/zones.tsv
var zonesTSV string

//go:embed data/traditional.txt
var traditionalTXT string

// none stands where a unit or a zone has no index.
const none = -1

// row is one line of areacodes.csv: a code under one name for a span of years.
type row struct {
	code, province, city, name string
	level                      int
	from, until                int // until is 0 while the row is in force
	successors                 string
}

// unit is a division that an address may name, of today or former.
type unit struct {
	code, name string
	short      string // without its suffix, empty where that is not used
	level      int
	parent     int   // index of the unit above, none for a province
	old        bool  // no longer in force under this name
	until      int   // year in which an old one ended
	targets    []int // of an old one: the units of today that it became
	divided    bool  // of one in force: it has divisions below
}

// tables is all that is read from the embedded files. units starts with the divisions in force,
// in the order of divisions, so that both share their indexes.
type tables struct {
	divisions []Division
	units     []unit
	current   map[string]int // code in force → index
	rows      []row          // sorted by code
	zones     []zone
	fold      *foldTable
	classes   *[1 << 16]class
	index     nameIndex
}

var load = sync.OnceValue(build)

func build() *tables {
	t := &tables{
		divisions: make([]Division, 0, divisionsHint),
		units:     make([]unit, 0, 2*divisionsHint),
		current:   make(map[string]int, divisionsHint),
		rows:      readRows(areacodesCSV),
	}
	t.addCurrent()
	t.addOld()
	t.fold, t.classes = readFold(traditionalTXT), readClasses()
	t.zones = readZones(zonesTSV, t.current)
	t.buildIndex()
	return t
}

// divisionsHint is a little over the number of divisions in force, to size the tables.
const divisionsHint = 3300

// readRows reads the file, which is ordered by code.
func readRows(csv string) []row {
	csv = strings.TrimPrefix(csv, "\ufeff")
	_, csv, _ = strings.Cut(csv, "\n") // the header
	rows := make([]row, 0, strings.Count(csv, "\n")+1)
	var f [9]string
	for line := range strings.Lines(csv) {
		line = strings.TrimRight(line, "\r\n")
		for i := range f {
			f[i], line, _ = strings.Cut(line, ",")
		}
		from, _ := strconv.Atoi(f[6])
		until, _ := strconv.Atoi(f[7])
		rows = append(rows, row{
			code: f[0], province: f[1], city: f[2], name: f[3], level: levels[f[4]],
			from: from, until: until, successors: f[8],
		})
	}
	return rows
}

// rowsOf returns all rows of a code.
func (t *tables) rowsOf(code string) []row {
	from, found := slices.BinarySearchFunc(t.rows, code, func(r row, code string) int {
		return strings.Compare(r.code, code)
	})
	if !found {
		return nil
	}
	to := from
	for to < len(t.rows) && t.rows[to].code == code {
		to++
	}
	return t.rows[from:to]
}

var levels = map[string]int{"省级": LevelProvince, "地级": LevelCity, "县级": LevelCounty}

// addCurrent takes the rows in force. A county's city is found by its first four digits; counties
// without one (直辖) lie directly below the province.
func (t *tables) addCurrent() {
	for _, r := range t.rows { // a parent's code sorts before its children's
		if r.until != 0 {
			continue
		}
		d := Division{Code: r.code, Name: r.name, Level: r.level}
		u := unit{
			code: r.code, name: r.name, short: shortName(r.name), level: r.level, parent: none,
		}
		if r.level != LevelProvince {
			u.parent = t.above(r)
			d.Parent = t.units[u.parent].code
			t.units[u.parent].divided = true
		}
		t.current[r.code] = len(t.units)
		t.divisions = append(t.divisions, d)
		t.units = append(t.units, u)
	}
}

func (t *tables) above(r row) int {
	if r.level == LevelCounty {
		if city, ok := t.current[r.code[:4]+"00"]; ok {
			return city
		}
	}
	return t.current[r.code[:2]+"0000"]
}

// addOld takes the names that are no longer in force, each below the unit that it lay in then.
func (t *tables) addOld() {
	cities := map[string]int{} // province and city name, of today or then → unit
	for i, u := range t.units {
		if u.level == LevelCity {
			cities[t.units[u.parent].name+u.name] = i
		}
	}
	for _, r := range t.rows {
		if r.level == LevelCity && r.until != 0 {
			if _, taken := cities[r.province+r.name]; !taken {
				cities[r.province+r.name] = len(t.units)
				t.units = append(t.units, t.oldUnit(r, t.current[r.code[:2]+"0000"], nil))
			}
		}
	}
	for _, r := range t.rows {
		if r.level == LevelCounty && r.until != 0 {
			t.addOldCounty(r, cities)
		}
	}
	t.finishOldCities()
}

func (t *tables) addOldCounty(r row, cities map[string]int) {
	parent, ok := cities[r.province+r.city]
	if !ok {
		parent = t.current[r.code[:2]+"0000"]
	}
	targets := t.resolve(r)
	if len(targets) == 1 && t.sameAsToday(targets[0], parent, r.name) {
		return
	}
	t.units = append(t.units, t.oldUnit(r, parent, targets))
	if t.units[parent].old {
		for _, target := range targets {
			t.units[parent].targets = append(t.units[parent].targets, t.cityOf(target))
		}
	}
}

// cityOf returns the city above unit i, or i itself where there is none.
func (t *tables) cityOf(i int) int {
	if up := t.units[i].parent; up != none && t.units[up].level == LevelCity {
		return up
	}
	return i
}

// sameAsToday: the code changed, the name and the place in the hierarchy did not.
func (t *tables) sameAsToday(target, parent int, name string) bool {
	return t.units[target].name == name && t.units[target].parent == parent
}

func (t *tables) oldUnit(r row, parent int, targets []int) unit {
	u := unit{
		code: r.code, name: r.name, short: shortName(r.name), level: r.level,
		parent: parent, old: true, until: r.until, targets: targets,
	}
	if r.level == LevelCity {
		u.targets = t.knownSuccessor(r.code)
	}
	return u
}

// knownSuccessor: the code of a former city is in force under another name, or in the list.
func (t *tables) knownSuccessor(code string) []int {
	if to, ok := successorOfCity[code]; ok {
		code = to
	}
	if i, ok := t.current[code]; ok {
		return []int{i}
	}
	return nil
}

// finishOldCities gives a former city its counties' cities of today, each once.
func (t *tables) finishOldCities() {
	for i := range t.units {
		u := &t.units[i]
		if !u.old || u.level != LevelCity {
			continue
		}
		slices.Sort(u.targets)
		u.targets = slices.Compact(u.targets)
		if known := t.knownSuccessor(u.code); known != nil {
			u.targets = known
		}
	}
}
