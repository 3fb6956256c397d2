package cn

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"kehu/internal/fault"
)

// today is the day on which all tests run.
var today = time.Date(2025, 6, 1, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

type vector struct {
	Kind, In, Norm, Why string
	OK                  bool
}

// parser is any ParseX with its stored form as a string.
type parser func(s string) (string, []*fault.Fault, error)

// of makes a parser of any ParseX that takes a text alone.
func of[T interface{ String() string }](parse func(string) (T, []*fault.Fault, error)) parser {
	return func(s string) (string, []*fault.Fault, error) {
		value, warnings, err := parse(s)
		return value.String(), warnings, err
	}
}

// onToday makes a parser of any ParseX that also takes the time.
func onToday[T interface{ String() string }](
	parse func(string, time.Time) (T, []*fault.Fault, error),
) parser {
	return of(func(s string) (T, []*fault.Fault, error) { return parse(s, today) })
}

var parsers = map[string]parser{
	"uscc":         of(ParseUSCC),
	"orgcode":      of(ParseOrgCode),
	"resident_id":  onToday(ParseResidentID),
	"foreigner_pr": onToday(ParseForeignerID),
	"passport_cn":  of(ParsePassport),
	"hkid":         ParseHKID,
	"twid":         ParseTaiwanID,
	"bankcard": of(func(s string) (BankAccount, []*fault.Fault, error) {
		return ParseBankAccount(s, KindIndividual)
	}),
	"regno15": of(ParseRegNo15),
	"mobile":  of(ParseMobile),
	"landline": of(func(s string) (Landline, []*fault.Fault, error) {
		return ParseLandline(s, "")
	}),
	"email":              of(ParseEmail),
	"hkmo_permit(回乡证)":   permitOf(HomeReturn),
	"taiwan_permit(台胞证)": permitOf(TaiwanCompatriot),
	"exit_hkmo(往来港澳)":    permitOf(ExitHongKong),
	"exit_tw(往来台湾)":      permitOf(ExitTaiwan),
}

func permitOf(kind PermitKind) parser {
	return func(s string) (string, []*fault.Fault, error) {
		permit, warnings, err := ParseHMTPermit(s)
		if err == nil && permit.Kind() != kind {
			err = ErrCertFormat
		}
		return permit.String(), warnings, err
	}
}

// noDoubt are the kinds where a good vector must not even warn; the others hold synthetic numbers
// that are right but doubtful (people born in 1880, regions of no list).
var noDoubt = map[string]bool{"mobile": true, "email": true, "landline": true, "bankcard": true,
	"passport_cn": true, "orgcode": true, "foreigner_pr": true}

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 374 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Kind+" "+v.In, func(t *testing.T) { checkVector(t, v) })
	}
}

func checkVector(t *testing.T, v vector) {
	parse, ok := parsers[v.Kind]
	if !ok {
		t.Fatal("no parser for", v.Kind)
	}
	got, warnings, err := parse(v.In)
	if !v.OK {
		if err == nil && len(warnings) == 0 {
			t.Errorf("taken without a word as %q: %s", got, v.Why)
		}
		return
	}
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	want := v.Norm
	if want == "" {
		want = v.In
	}
	if got != want {
		t.Errorf("stored as %q, want %q", got, want)
	}
	if noDoubt[v.Kind] && len(warnings) > 0 {
		t.Errorf("warned: %v", warnings[0])
	}
}
