package cn

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseResidentID(t *testing.T) {
	unlisted := residentOf("11019919491231002")
	for _, c := range []struct{ name, in, want, code string }{
		{"printed in the standard", "11010519491231002x", "11010519491231002X", ""},
		{"abolished district", "110103190006010059", "110103190006010059", "cert_age"},
		{"old number", "130503670401001", "130503196704010016", "cert_legacy15"},
		{"unlisted region", unlisted, unlisted, "cert_region_unlisted"},
		{"one digit off", "110105194912310021", "", "cert_check_character"},
		{"30 February", "110105194902300028", "", "cert_birth_date"},
		{"born tomorrow", residentOf("11010520250602001"), "", "cert_birth_date"},
		{"year 1799", "11010517991231002X", "", "cert_birth_date"},
		{"no province", "990105194912310024", "", "cert_region"},
		{"17 digits", "11010519491231002", "", "cert_length"},
		{"letter O", "110105194912310O2X", "", "cert_characters"},
		{"cut by a spreadsheet", "110105194912310000", "", "cert_truncated"},
		{"scientific", "1.10105194912310E+17", "", "cert_truncated"},
		{"masked", "110105********002X", "", "cert_masked"},
		{"empty", "", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseResidentID(c.in, today)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
		})
	}
}

// residentOf adds the check character; the people of these tests do not exist.
func residentOf(seventeen string) string { return seventeen + string(residentCheck(seventeen)) }

func TestBornToday(t *testing.T) {
	number := residentOf("11010520250601001")
	if _, _, err := ParseResidentID(number, today); err != nil {
		t.Error(err)
	}
	eve := time.Date(2025, 5, 31, 23, 0, 0, 0, today.Location())
	if _, _, err := ParseResidentID(number, eve); codeOf(nil, err) != "cert_birth_date" {
		t.Error("born tomorrow passed")
	}
}

func TestResidentParts(t *testing.T) {
	woman, _, err := ParseResidentID("11010519491231002X", today)
	if err != nil || woman.Sex() != SexFemale || woman.BirthDate().String() != "1949-12-31" ||
		woman.Region() != "110105" {
		t.Errorf("%+v %v", woman, err)
	}
	man, _, err := ParseResidentID("44030119000307123X", today)
	if err != nil || man.Sex() != SexMale {
		t.Errorf("%+v %v", man, err)
	}
	var none ResidentID
	if none.Sex() != SexUnknown || !none.BirthDate().IsZero() || none.Region() != "" {
		t.Error("the zero ResidentID says nothing")
	}
}

func TestParseCertificate(t *testing.T) {
	for _, c := range []struct{ name, kind, in, want, code string }{
		{"resident", CertResident, "11010519491231002X", "11010519491231002X", ""},
		{"passport", CertPassport, "e12345678", "E12345678", ""},
		{"passport with a full stop", CertPassport, "S.1234567", "S.1234567", ""},
		{"foreign passport", CertPassport, "L898902C3", "L898902C3", "cert_foreign_passport"},
		{"a word is no passport", CertPassport, "PASSPORT", "", "cert_format"},
		{"resident number is no passport", CertPassport, "11010519491231002X", "", "cert_format"},
		{"home return permit", CertHMTPermit, "h12345678", "H12345678", ""},
		{"Taiwan permit", CertHMTPermit, "0123456701(B)", "0123456701(B)", ""},
		{"exit permit", CertHMTPermit, "CA1234567", "CA1234567", ""},
		{"residence permit", CertHMTPermit, "810000190001010018", "810000190001010018", "cert_age"},
		{"resident number is no permit", CertHMTPermit, "11010519491231002X", "", "cert_format"},
		{"permanent residence", CertForeigner, "911124198108030024", "911124198108030024", ""},
		{"permanent residence, old", CertForeigner, "CAN110081080310", "CAN110081080310", ""},
		{"permanent residence, old, check digit", CertForeigner, "CAN110081080311",
			"CAN110081080311", "cert_check_digit"},
		{"permanent residence, no country", CertForeigner, "911999198108030020", "", "cert_country"},
		{"permanent residence, old, no country", CertForeigner, "XQX110081080310", "", "cert_country"},
		{"permanent residence, cut", CertForeigner, "911124198108030000", "", "cert_truncated"},
		{"other", CertOther, "军字第 1234567 号", "军字第1234567号", ""},
		{"other: resident number", CertOther, "11010519491231002X", "11010519491231002X",
			"cert_type_differs"},
		{"other: words", CertOther, "没有证件", "", "cert_format"},
		{"masked passport", CertPassport, "E1****678", "", "cert_masked"},
		{"no kind", "", "E12345678", "", "cert_type_unknown"},
		{"empty", CertOther, "", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseCertificate(c.kind, c.in, today)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
			if err == nil && got.Kind() != c.kind {
				t.Errorf("kind %q", got.Kind())
			}
		})
	}
}

func TestCertificateSaysBirthAndSex(t *testing.T) {
	resident, _, err := ParseCertificate(CertResident, "11010519491231002X", today)
	if err != nil || resident.BirthDate().String() != "1949-12-31" || resident.Sex() != SexFemale {
		t.Errorf("%+v %v", resident, err)
	}
	foreigner, _, err := ParseCertificate(CertForeigner, "911124198108030024", today)
	if err != nil || foreigner.BirthDate().String() != "1981-08-03" || foreigner.Sex() != SexUnknown {
		t.Errorf("%+v %v", foreigner, err)
	}
	passport, _, err := ParseCertificate(CertPassport, "E12345678", today)
	if err != nil || !passport.BirthDate().IsZero() {
		t.Errorf("%+v %v", passport, err)
	}
}

func TestPermitHolderStaysOverRenewals(t *testing.T) {
	for in, want := range map[string]string{
		"H1234567800": "H12345678", "H12345678": "H12345678", "0123456701(B)": "01234567",
		"98765432": "98765432", "C12345678": "C12345678",
	} {
		if permit, _, err := ParseHMTPermit(in); err != nil || permit.Holder() != want {
			t.Errorf("%s: %q %v", in, permit.Holder(), err)
		}
	}
}

func TestPassportIsChinese(t *testing.T) {
	for in, want := range map[string]bool{"E12345678": true, "MA1234567": true, "L898902C3": false} {
		if passport, _, err := ParsePassport(in); err != nil || passport.IsChinese() != want {
			t.Errorf("%s: %v %v", in, passport.IsChinese(), err)
		}
	}
}

func TestHKIDWithTwoLetters(t *testing.T) {
	got, _, err := ParseHKID("wx123456(A)")
	if got == "" {
		for _, check := range "0123456789A" {
			if got, _, err = ParseHKID("WX123456" + string(check)); err == nil {
				break
			}
		}
	}
	if err != nil {
		t.Fatal("no check character fits")
	}
	if again, _, err := ParseHKID(got); err != nil || again != got {
		t.Errorf("%q then %q", got, again)
	}
}

// ISO 7064 MOD 11-2 detects every slip of one digit.
func TestResidentIDDetectsSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		births := rapid.StringMatching(`18[6-9][0-9](0[1-9]|1[0-2])[0-2][1-8][0-9]{3}`)
		number := residentOf("440524" + births.Draw(t, "birth and sequence"))
		wrong := []byte(number)
		wrong[rapid.IntRange(0, 16).Draw(t, "place")] = '0' + byte(rapid.IntRange(0, 9).Draw(t, "digit"))
		if _, _, err := ParseResidentID(string(wrong), today); err == nil && string(wrong) != number {
			t.Fatalf("%s for %s passed", wrong, number)
		}
	})
}

func TestParseBankAccount(t *testing.T) {
	icbc := luhnOf("955880010012345678")
	for _, c := range []struct{ name, in, kind, want, code string }{
		{"card", "6222 0260 0670 5354 216", "individual", "6222026006705354216", ""},
		{"card of ICBC before UnionPay", icbc, "individual", icbc, ""},
		{"card, digit off", "6222026006705354217", "individual", "", "bank_card_check_digit"},
		{"card, issuer", "1234567812345670", "individual", "", "bank_card_issuer"},
		{"card of UnionPay too short", "6234567890123", "individual", "", "bank_card_issuer"},
		{"card, length", "622202600670", "individual", "", "bank_card_length"},
		{"card, cut by a spreadsheet", "6222026006705350000", "individual", "", "bank_truncated"},
		{"card, scientific", "6.22203E+18", "individual", "", "bank_truncated"},
		{"card, letter", "622202600670535421X", "individual", "", "bank_characters"},
		{"card, masked", "6222 **** **** 4216", "individual", "", "bank_masked"},
		{"account", "110936754810901", "enterprise", "110936754810901", ""},
		{"account with dashes", "1109-3675-4810-901", "institution", "110936754810901", ""},
		{"account that may be cut", "110936754810901000", "enterprise", "110936754810901000",
			"bank_truncated_maybe"},
		{"account too short", "1234567", "enterprise", "", "bank_account_length"},
		{"account of zeros", "00000000", "enterprise", "", "bank_account_length"},
		{"empty", "", "enterprise", "", "value_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings, err := ParseBankAccount(c.in, c.kind)
			if got.String() != c.want || codeOf(warnings, err) != c.code {
				t.Errorf("%q %q", got, codeOf(warnings, err))
			}
			if err == nil && got.IsCard() != (c.kind == "individual") {
				t.Errorf("card: %v", got.IsCard())
			}
		})
	}
}

// luhnOf adds the check digit.
func luhnOf(digits string) string {
	for check := range 10 {
		if full := digits + string(rune('0'+check)); luhn(full) {
			return full
		}
	}
	return ""
}
