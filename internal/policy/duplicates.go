package policy

import (
	"slices"
	"strings"
)

// Duplicates says what counts as the same customer, and how much is told of customers that the
// asker may not see (R4.1–R4.3).
type Duplicates struct {
	Block []string `json:"block"` // exact keys that refuse a second record
	Warn  []string `json:"warn"`  // what is asked about: exact keys, and similar
	// Suspect is the binary logarithm of the odds from which two records are suspected: 0 asks where
	// it is as likely as not, 3 where it is eight times likelier.
	Suspect float64 `json:"suspect"`
	// Shared is from how many customers on one phone says nothing by itself.
	Shared int `json:"shared"`
	// Least is how many characters of a name must be typed before a similar one is told of that the
	// asker may not see.
	Least int `json:"least_characters"`
	// Checks and Unseen are what one person may ask in an hour, and how many of the answers may tell
	// of customers that this person may not see.
	Checks int `json:"checks_per_hour"`
	Unseen int `json:"unseen_per_hour"`
}

// Similar in Warn asks about names and addresses that are nearly the same.
const Similar = "similar"

func defaultDuplicates() Duplicates {
	return Duplicates{Block: []string{"uscc", "cert_no", "name", "name_mobile"},
		Warn: []string{"mobile", Similar}, Suspect: 1, Shared: 5, Least: 4, Checks: 1200, Unseen: 60}
}

func (d Duplicates) check() error {
	known := []string{"uscc", "cert_no", "name", "name_mobile", "mobile"}
	for _, key := range slices.Concat(d.Block, d.Warn) {
		if !slices.Contains(known, key) && (key != Similar || slices.Contains(d.Block, key)) {
			return because("“%s”不能选：可选 %s；%s 只能用于提示", "key %q is not one of %s; %s only warns", key,
				strings.Join(known, "/"), Similar)
		}
	}
	for name, n := range map[string][3]float64{"suspect": {d.Suspect, -2, 12},
		"shared": {float64(d.Shared), 2, 1000}, "least_characters": {float64(d.Least), 2, 20},
		"checks_per_hour": {float64(d.Checks), 10, 100_000},
		"unseen_per_hour": {float64(d.Unseen), 1, 10_000}} {
		if n[0] < n[1] || n[0] > n[2] {
			return beyond("duplicates."+name, n[0], n[1], n[2])
		}
	}
	return nil
}
