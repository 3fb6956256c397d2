package cn

import (
	"strings"
	"sync"
)

// nationalRegion stands in codes given by the ministries themselves (100000 is the whole country).
const nationalRegion = "100000"

// regions are all codes of GB/T 2260 that were in any list from 1981 to 2024, as bits: numbers keep
// the code of their first issue although the county is gone.
var regions = sync.OnceValue(func() *[1_000_000 / 64]uint64 {
	var set [1_000_000 / 64]uint64
	for _, row := range rows("regions.txt") {
		prefix, rest, _ := strings.Cut(row[0], " ")
		for ending := range strings.FieldsSeq(rest) {
			code := atoi(prefix + ending)
			set[code/64] |= 1 << (code % 64)
		}
	}
	return &set
})

// isListedRegion tells whether six digits were ever a division's code.
func isListedRegion(code string) bool {
	n := atoi(code)
	return regions()[n/64]&(1<<(n%64)) != 0
}

// provinces are the first two digits of a region and the province's name.
var provinces = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, row := range rows("provinces.tsv") {
		names[row[0]] = row[1]
	}
	return names
})

// hasProvince tells whether a region code lies in a province, or is the national one.
func hasProvince(region string) bool {
	return isProvince(region) || region == nationalRegion
}

// isProvince tells whether digits begin with the two of a province.
func isProvince(digits string) bool {
	return provinceSet()[atoi(digits[:2])]
}

var provinceSet = sync.OnceValue(func() *[100]bool {
	var set [100]bool
	for code := range provinces() {
		set[atoi(code)] = true
	}
	return &set
})
