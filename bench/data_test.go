package bench

import (
	"testing"

	"kehu/internal/cn"
)

func TestTheMeasuredRowsAreCleanAndAllDifferent(t *testing.T) {
	names, codes, mobiles := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range 200_000 {
		r := row(i, false)
		if i < 20_000 {
			if _, _, err := cn.ParseUSCC(r[2]); err != nil {
				t.Fatalf("row %d: %v", i, err)
			}
			if _, _, err := cn.ParseMobile(r[11]); err != nil {
				t.Fatalf("row %d: %v", i, err)
			}
		}
		if names[r[0]] || codes[r[2]] || mobiles[r[11]] {
			t.Fatalf("row %d has a value of an earlier one: %v", i, r)
		}
		names[r[0]], codes[r[2]], mobiles[r[11]] = true, true, true
	}
}
