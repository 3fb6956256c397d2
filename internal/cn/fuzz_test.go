package cn

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kehu/internal/fault"
)

// allParsers are the vectors' parsers and those that have no vectors.
func allParsers() map[string]parser {
	all := map[string]parser{
		"account": of(func(s string) (BankAccount, []*fault.Fault, error) {
			return ParseBankAccount(s, "enterprise")
		}),
		"permit": of(ParseHMTPermit),
		"phone":  of(ParsePhone),
		"date": of(func(s string) (Date, []*fault.Fault, error) {
			return ParseDate(s, DateOptions{Serials: true, Zone: today.Location()})
		}),
		"amount": of(func(s string) (Amount, []*fault.Fault, error) {
			return ParseAmount(s, true)
		}),
		"person":       nameOf(PersonName),
		"organisation": nameOf(OrganisationName),
		"uscc against the standard": func(s string) (string, []*fault.Fault, error) {
			code, err := ParseUSCCAgainstStandard(s)
			return code.String(), nil, err
		},
		"regno against the standard": func(s string) (string, []*fault.Fault, error) {
			number, err := ParseRegNoAgainstStandard(s)
			return number.String(), nil, err
		},
		"bool": func(s string) (string, []*fault.Fault, error) {
			yes, warnings, err := ParseBool(s)
			return map[bool]string{true: "是", false: "否"}[yes], warnings, err
		},
	}
	for name, parse := range parsers {
		all[name] = parse
	}
	for _, kind := range []string{
		CertResident, CertPassport, CertHMTPermit, CertForeigner, CertOther,
	} {
		all["certificate "+kind] = of(func(s string) (Certificate, []*fault.Fault, error) {
			return ParseCertificate(kind, s, today)
		})
	}
	return all
}

func nameOf(kind NameKind) parser {
	return func(s string) (string, []*fault.Fault, error) { return ParseName(s, kind) }
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkLaws holds a parser to what all promise: an error is a fault and comes without warnings, a
// value is clean text that is not empty and parses to itself.
func checkLaws(t failer, parse parser, s string) {
	t.Helper()
	value, warnings, err := parse(s)
	if err != nil {
		if _, ok := err.(*fault.Fault); !ok || len(warnings) > 0 {
			t.Fatalf("%+q: error %T with %d warnings", s, err, len(warnings))
		}
		return
	}
	if value == "" || !utf8.ValidString(value) || Text(value) != value {
		t.Fatalf("%+q: stored as %+q", s, value)
	}
	if again, _, err := parse(value); err != nil || again != value {
		t.Fatalf("%+q: stored as %+q, which is read as %+q: %v", s, value, again, err)
	}
}

func TestStoredFormParsesToItself(t *testing.T) {
	for name, parse := range allParsers() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			s := rapid.OneOf(messy(), nearly()).Draw(t, "value")
			checkLaws(t, parse, s)
		}))
	}
}

// nearly draws values that are right or almost: a good one with a change.
func nearly() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		good := []rune(rapid.SampledFrom(seeds).Draw(t, "good"))
		at := rapid.IntRange(0, len(good)).Draw(t, "place")
		return string(good[:at]) + messy().Draw(t, "change") + string(good[at:])
	})
}

// seeds are one good value of each kind and the spellings that people use.
var seeds = []string{
	"13912341234", "+86 139-1234-1234", "1.3912341234E+10", "021-62341234-801", "(010)6234 1234转8",
	"400-800-8888", "0086 755 26012345", "li.si@163.com", "MAILTO:Bob@Outlook.com", "a@qq.con",
	"91440300708461136T", "9144 0300 7084 6113 6T", "70846113-6", "110108000000016", "企独沪总字第000001号",
	"11010519491231002X", "130503670401001", "810000190001010018", "911124198108030024",
	"CAN110081080310", "E12345678", "S.1234567", "0123456701(B)", "H1234567800", "C12345678",
	"A123456(3)", "U193683453", "6222 0260 0670 5354 216", "1109-3675-4810-901",
	"2024-05-01", "2024年5月1日 星期三", "二〇二四年十二月三十一日", "45413.5", "2024-04-30T16:00:00.000Z",
	"1,234.50", "¥100万元", "(1,234.5)", "1234.5600000000001", "是", "×",
	"上海澄岚（集团）有限公司", "买买提·艾力先生", "John Smith", "李娜（女士）",
}

func fuzz(f *testing.F, parse parser) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) { checkLaws(t, parse, s) })
}

func FuzzMobile(f *testing.F)     { fuzz(f, allParsers()["mobile"]) }
func FuzzLandline(f *testing.F)   { fuzz(f, allParsers()["landline"]) }
func FuzzPhone(f *testing.F)      { fuzz(f, allParsers()["phone"]) }
func FuzzEmail(f *testing.F)      { fuzz(f, allParsers()["email"]) }
func FuzzUSCC(f *testing.F)       { fuzz(f, allParsers()["uscc"]) }
func FuzzOrgCode(f *testing.F)    { fuzz(f, allParsers()["orgcode"]) }
func FuzzRegNo(f *testing.F)      { fuzz(f, allParsers()["regno against the standard"]) }
func FuzzResidentID(f *testing.F) { fuzz(f, allParsers()["resident_id"]) }
func FuzzForeigner(f *testing.F)  { fuzz(f, allParsers()["foreigner_pr"]) }
func FuzzPassport(f *testing.F)   { fuzz(f, allParsers()["passport_cn"]) }
func FuzzPermit(f *testing.F)     { fuzz(f, allParsers()["certificate hmt_permit"]) }
func FuzzOtherCert(f *testing.F)  { fuzz(f, allParsers()["certificate other"]) }
func FuzzHKID(f *testing.F)       { fuzz(f, allParsers()["hkid"]) }
func FuzzTaiwanID(f *testing.F)   { fuzz(f, allParsers()["twid"]) }
func FuzzCard(f *testing.F)       { fuzz(f, allParsers()["bankcard"]) }
func FuzzAccount(f *testing.F)    { fuzz(f, allParsers()["account"]) }
func FuzzDate(f *testing.F)       { fuzz(f, allParsers()["date"]) }
func FuzzAmount(f *testing.F)     { fuzz(f, allParsers()["amount"]) }
func FuzzBool(f *testing.F)       { fuzz(f, allParsers()["bool"]) }
func FuzzPerson(f *testing.F)     { fuzz(f, allParsers()["person"]) }

// FuzzTexts holds the functions that take any text: normalising, splitting, finding.
func FuzzTexts(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, normal := range map[string]func(string) string{
			"Text": Text, "Multiline": Multiline, "Name": Name,
		} {
			if once := normal(s); normal(once) != once {
				t.Fatalf("%s: %+q then %+q", name, once, normal(once))
			}
		}
		SplitPhones(s)
		SplitEmails(s)
		last := 0
		for _, found := range FindSensitive(s) {
			if found.Start < last || found.End <= found.Start || found.End > len(s) {
				t.Fatalf("%+q: %+v", s, found)
			}
			last = found.End
		}
	})
}

func FuzzDateFromSerial(f *testing.F) {
	f.Add(45413.5, false)
	f.Add(60.0, false)
	f.Fuzz(func(t *testing.T, serial float64, date1904 bool) {
		date, err := DateFromSerial(serial, date1904)
		if _, ok := fault.Of(err); err != nil && !ok || err == nil && date.IsZero() {
			t.Fatalf("%v: %v %v", serial, date, err)
		}
	})
}

// Sentences say how to mend it, in both languages, without a full stop at the end.
func TestFaultsSpeakBothLanguages(t *testing.T) {
	for _, f := range fault.Catalogue() {
		zh, en := []rune(f.Chinese()), []rune(f.English())
		if len(zh) < 6 || len(en) < 10 || zh[len(zh)-1] == '。' || en[len(en)-1] == '.' {
			t.Errorf("%s: %q %q", f.Code, f.Chinese(), f.English())
		}
	}
}
