package demo

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/cn"
	"kehu/internal/fields"
	"kehu/internal/industry"
	"kehu/internal/places"
	"kehu/tests"
)

func TestMobileNumbers(t *testing.T) {
	seen := map[string]bool{}
	for n := 1; n < 10_000; n++ {
		number := mobileNumber(n)
		parsed, warnings, err := cn.ParseMobile(number)
		if err != nil || len(warnings) > 0 || parsed.String() != number || seen[number] {
			t.Fatalf("the %d-th, %s: %v %v", n, number, warnings, err)
		}
		seen[number] = true
	}
}

func TestCreditCodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(placesOfCustomers).Draw(t, "place")
		n := rapid.IntRange(0, 99_999).Draw(t, "n")
		registrar := rapid.SampledFrom([]string{"91", "12"}).Draw(t, "registrar")
		code := creditCode(registrar, p.code, n)
		parsed, warnings, err := cn.ParseUSCC(code)
		if err != nil || len(warnings) > 0 || parsed.String() != code {
			t.Fatalf("%s: %v %v", code, warnings, err)
		}
		if !strings.HasPrefix(parsed.OrganisationCode(), "DEM") {
			t.Fatalf("%s may be somebody's", code)
		}
		digits := digitalCreditCode(p.code, n)
		parsed, warnings, err = cn.ParseUSCC(digits)
		if err != nil || len(warnings) > 0 || parsed.String() != digits || strings.Trim(digits, "0123456789") != "" {
			t.Fatalf("%s: %v", digits, err)
		}
	})
}

func TestKnownCreditCode(t *testing.T) {
	// A published code, and one whose organisation code ends in X.
	for _, want := range []string{"91350100M000100Y43", "9144030071526726XG"} {
		if got := sealCredit(want[:16]); got != want {
			t.Errorf("%s is sealed as %s", want, got)
		}
	}
	example := fields.MustGet("customers", "uscc").Example[0]
	if got := sealCredit(example[:16]); got != example {
		t.Errorf("the example of the template, %s, is sealed as %s", example, got)
	}
}

func TestResidentNumbersAreOfNobodyAlive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(placesOfCustomers).Draw(t, "place")
		male := rapid.Bool().Draw(t, "male")
		number := residentNumber(p.code, rapid.IntRange(0, 99_999).Draw(t, "n"), male)
		id, _, err := cn.ParseResidentID(number, tests.Now)
		if err != nil || id.BirthDate().Year() > 1905 || (id.Sex() == cn.SexMale) != male {
			t.Fatalf("%s: born %s, %s, %v", number, id.BirthDate(), id.Sex(), err)
		}
		if len(cn.FindSensitive("证件 "+number+"，已核对")) != 1 {
			t.Fatalf("%s is not found in a text", number)
		}
	})
}

func TestPlaces(t *testing.T) {
	for _, p := range placesOfCustomers {
		if !places.Complete(p.code) {
			t.Errorf("%s is no district", p.code)
		}
		if name := places.FullName(p.code); !strings.Contains(name, p.city) {
			t.Errorf("%s is %s, not in %s", p.code, name, p.city)
		}
		a, warnings, err := places.Parse(places.FullName(p.code) + "启航路8号")
		if err != nil || len(warnings) > 0 || a.Division() != p.code {
			t.Errorf("%s: %v %v", p.code, warnings, err)
		}
		for _, n := range []int{1, 9999} {
			if _, warnings, err := cn.ParseLandline(landlineNumber(p, n), ""); err != nil ||
				len(warnings) > 0 {
				t.Errorf("%s: %v %v", landlineNumber(p, n), warnings, err)
			}
		}
	}
}

func TestTradesAreIndustries(t *testing.T) {
	for _, trade := range slices.Concat(trades, institutionKinds) {
		match, _, err := industry.Match(trade.industry)
		if found, _ := industry.Find(match.ID); err != nil || found.Name != trade.industry {
			t.Errorf("%s is taken for %s: %v", trade.industry, found.Name, err)
		}
	}
}

func TestNamesAreDifferent(t *testing.T) {
	c := newCast(Random(), tests.Now)
	seen := map[string]bool{}
	for _, one := range c.customers {
		name := one.text("name")
		if seen[name] || cn.Name(name) != name {
			t.Errorf("%s stands there twice, or is not written as the register does", name)
		}
		seen[name] = true
	}
	if c.brand > len(c.brands) {
		t.Errorf("%d brands of %d syllable pairs", c.brand, len(c.brands))
	}
}

func TestPasswords(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		p := newPassword()
		if len(p) != 14 || p[4] != '-' || p[9] != '-' || seen[p] ||
			strings.Trim(p, passwordAlphabet+"-") != "" {
			t.Fatalf("password %q", p)
		}
		seen[p] = true
	}
}

// TestDigitalCodesAreNotCut goes through every code there is: one in a thousand ends in 000.
func TestDigitalCodesAreNotCut(t *testing.T) {
	for _, p := range placesOfCustomers {
		for n := range 20_000 {
			code := digitalCreditCode(p.code, n)
			if _, warnings, err := cn.ParseUSCC(code); err != nil || len(warnings) > 0 {
				t.Fatalf("%s, %d: %s: %v %v", p.city, n, code, warnings, err)
			}
		}
	}
}
