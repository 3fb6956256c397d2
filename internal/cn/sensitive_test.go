package cn

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestFindSensitive(t *testing.T) {
	resident, card := SensitiveResident, SensitiveCard
	for _, c := range []struct {
		name, text, kind, at string // at is the text that is found; empty: nothing
	}{
		{"resident number in a sentence", "身份证11010519491231002X已核对", resident, "11010519491231002X"},
		{"lower-case x", "id 11010519491231002x", resident, "11010519491231002x"},
		{"full-width", "证：１１０１０５１９４９１２３１００２Ｘ。", resident, "１１０１０５１９４９１２３１００２Ｘ"},
		{"groups with spaces", "110105 19491231 002X", resident, "110105 19491231 002X"},
		{"groups with dashes", "440524-1880-0101-0014", resident, "440524-1880-0101-0014"},
		{"zero-width between", "110105\u200b19491231002X", resident, "110105\u200b19491231002X"},
		{"letters before", "ID110105194912310\u200b02X", resident, "110105194912310\u200b02X"},
		{"one digit off", "身份证110105194912310021", "", ""},
		{"permanent residence", "永居 911124198108030024", SensitiveForeigner, "911124198108030024"},
		{"card", "卡号6222026006705354216，工行", card, "6222026006705354216"},
		{"card in fours", "6222 0260 0670 5354 216", card, "6222 0260 0670 5354 216"},
		{"card with spaced dashes", "6225 - 8801 - 3700 - 0007", card, "6225 - 8801 - 3700 - 0007"},
		{"card after No.", "No.6225880137000007", card, "6225880137000007"},
		{"card after the bank's letters", "CMB6225880137000007", card, "6225880137000007"},
		{"Visa", "4111111111111111", card, "4111111111111111"},
		{"one card digit off", "6222026006705354217", "", ""},
		{"credit code of digits", "税号914403001922038216", "", ""},
		{"credit code with letters", "91110000600037341L", "", ""},
		{"mobile", "电话13912341234，13512341234", "", ""},
		{"two mobiles", "13912341234 13512341234", "", ""},
		{"landline and mobile", "62341234 13912341234 010-62341234", "", ""},
		{"postcode and mobile", "622200 13912341233 622200 13912341234", "", ""},
		{"order number by date", "订单20240501123456789", "", ""},
		{"order number of letters and digits", "SO4111111111111111", "", ""},
		{"decimal fraction", "3.6225880137000007", "", ""},
		{"28-digit payment number", "4200002345202405014111111111", "", ""},
		{"15-digit registration number", "110108000000016", "", ""},
		{"time stamp", "2024-05-01 12:30:00.000", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := FindSensitive(c.text)
			if c.at == "" {
				if len(found) > 0 {
					t.Errorf("found %v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Kind != c.kind || c.text[found[0].Start:found[0].End] != c.at {
				t.Errorf("found %v", found)
			}
		})
	}
}

func TestFindSensitiveFindsEveryNumberOfAText(t *testing.T) {
	pasted := strings.Repeat("6222026006705354216 ", 30) + "11010519491231002X"
	if found := FindSensitive(pasted); len(found) != 31 {
		t.Errorf("%d findings", len(found))
	}
}

// The shares that docs/data/cn.md names; the generator is seeded, so the figures are stable.
func TestFindSensitiveRarelyFiresOnRandomDigits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const texts = 100_000
	for length, limit := range map[int]int{16: 2000, 17: 150, 18: 150, 19: 150, 20: 0, 28: 0} {
		fired := 0
		for range texts {
			var b strings.Builder
			b.WriteByte('1' + byte(random.IntN(9)))
			for range length - 1 {
				b.WriteByte('0' + byte(random.IntN(10)))
			}
			if FindSensitive("单号"+b.String()) != nil {
				fired++
			}
		}
		t.Logf("%d digits: %d of %d", length, fired, texts)
		if fired > limit {
			t.Errorf("%d digits: fired %d times in %d, limit %d", length, fired, texts, limit)
		}
	}
}

func TestFindSensitiveNeverFiresOnOrdinaryNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	digits := func(n int) string {
		s := strconv.FormatUint(random.Uint64()|1<<63, 10)
		return s[len(s)-n:]
	}
	fired := 0
	for range 20_000 {
		text := "订单2024" + digits(12) + " 合同HT2024-" + digits(5) + " 电话139" + digits(8) +
			" 010-6" + digits(7) + " 金额" + digits(6) + ".00 快递SF1" + digits(12) + " 13" + digits(9)
		if FindSensitive(text) != nil {
			fired++
		}
	}
	t.Logf("fired on %d of 20,000", fired)
	if fired > 2 {
		t.Errorf("fired on %d of 20,000 notes without a sensitive number", fired)
	}
}
