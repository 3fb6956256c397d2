// Package places knows the administrative divisions of China (GB/T 2260) of today and since 1981,
// and finds them in addresses as people write them.
//
// The tables are read once, on first use. Everything is safe for concurrent use; the slices that
// it returns without a copy (All) must not be changed.
package places

import (
	"slices"
	"strings"
)

// The levels of a division.
const (
	LevelProvince = 1
	LevelCity     = 2
	LevelCounty   = 3
)

// Division is one administrative division in force. The pseudo-divisions of the list (110100
// 市辖区, 429000 省直辖县级行政区划 and the like) are left out: 北京市朝阳区 lies directly below
// 北京市, 仙桃市 directly below 湖北省.
type Division struct {
	Code   string // six digits
	Name   string // as in the list: 南山区
	Parent string // code of the division above, empty for a province
	Level  int    // 1 province, 2 city (prefecture), 3 county or district
}

// All returns the divisions in force at the end of 2024, ordered by code.
func All() []Division { return load().divisions }

// Find returns the division in force with that code.
func Find(code string) (Division, bool) {
	t := load()
	i, ok := t.current[code]
	if !ok {
		return Division{}, false
	}
	return t.divisions[i], true
}

// Path returns the divisions from the province down to code; empty when code is not in force.
func Path(code string) []Division {
	var path []Division
	for d, ok := Find(code); ok; d, ok = Find(d.Parent) {
		path = append(path, d)
	}
	slices.Reverse(path)
	return path
}

// FullName joins the names of the path: 广东省深圳市南山区. Empty when code is not in force.
func FullName(code string) string {
	var name strings.Builder
	for _, d := range Path(code) {
		name.WriteString(d.Name)
	}
	return name.String()
}

// Children returns the divisions directly below code, ordered by code; of "" the provinces.
func Children(code string) []Division {
	var below []Division
	for _, d := range load().divisions {
		if d.Parent == code {
			below = append(below, d)
		}
	}
	return below
}

// Complete tells whether code is as precise as the list can be: a county or district, a city
// without districts (东莞, 中山, 儋州, 嘉峪关), or 台湾, 香港 and 澳门, which the list does not divide.
func Complete(code string) bool {
	t := load()
	i, ok := t.current[code]
	return ok && !t.units[i].divided
}

// MacroRegion returns the key of the macro region that a code of any age lies in: north 华北,
// northeast 东北, east 华东, central 华中, south 华南, southwest 西南, northwest 西北, hmt 港澳台.
// Empty when the first two digits are no province.
func MacroRegion(code string) string {
	if len(code) < 2 {
		return ""
	}
	return macroRegions[code[:2]]
}

var macroRegions = map[string]string{
	"11": "north", "12": "north", "13": "north", "14": "north", "15": "north",
	"21": "northeast", "22": "northeast", "23": "northeast",
	"31": "east", "32": "east", "33": "east", "34": "east", "35": "east", "36": "east",
	"37": "east",
	"41": "central", "42": "central", "43": "central",
	"44": "south", "45": "south", "46": "south",
	"50": "southwest", "51": "southwest", "52": "southwest", "53": "southwest", "54": "southwest",
	"61": "northwest", "62": "northwest", "63": "northwest", "64": "northwest", "65": "northwest",
	"71": "hmt", "81": "hmt", "82": "hmt",
}
