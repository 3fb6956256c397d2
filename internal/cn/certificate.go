package cn

import (
	"regexp"
	"time"

	"kehu/internal/fault"
)

// The kinds of certificates, as stored in customers.cert_type.
const (
	CertResident  = "resident_id"
	CertPassport  = "passport"
	CertHMTPermit = "hmt_permit"
	CertForeigner = "foreigner_id"
	CertOther     = "other"
)

// Certificate is a certificate number of any kind.
type Certificate struct {
	kind   string
	number string
	birth  Date
	sex    string
}

var otherCertificate = regexp.MustCompile(`^[A-Z0-9\p{Han}][A-Z0-9\p{Han}()/.]{3,29}$`)

// ParseCertificate reads a certificate number by the rules of its kind, one of the Cert constants.
// now bounds birth dates.
func ParseCertificate(kind, s string, now time.Time) (Certificate, []*fault.Fault, error) {
	switch kind {
	case CertResident:
		id, warnings, err := ParseResidentID(s, now)
		return certificate(Certificate{kind, id.String(), id.BirthDate(), id.Sex()}, warnings, err)
	case CertPassport:
		passport, warnings, err := ParsePassport(s)
		return certificate(Certificate{kind: kind, number: passport.String()}, warnings, err)
	case CertHMTPermit:
		return parseHMT(s, now)
	case CertForeigner:
		id, warnings, err := ParseForeignerID(s, now)
		found := Certificate{kind: kind, number: id.String(), birth: id.BirthDate()}
		return certificate(found, warnings, err)
	case CertOther:
		return parseOther(s, now)
	}
	return Certificate{}, nil, ErrCertType
}

// certificate gives the zero Certificate with an error.
func certificate(
	c Certificate, warnings []*fault.Fault, err error,
) (Certificate, []*fault.Fault, error) {
	if err != nil {
		return Certificate{}, nil, err
	}
	return c, warnings, nil
}

// parseHMT reads a permit, or a residence permit, which has the form of a resident number.
func parseHMT(s string, now time.Time) (Certificate, []*fault.Fault, error) {
	permit, warnings, err := ParseHMTPermit(s)
	id, idWarnings, idErr := ParseResidentID(s, now)
	if err != nil && idErr == nil && isResidencePermit(id) {
		return Certificate{CertHMTPermit, id.String(), id.BirthDate(), id.Sex()}, idWarnings, nil
	}
	return certificate(Certificate{kind: CertHMTPermit, number: permit.String()}, warnings, err)
}

// isResidencePermit tells the address codes of 港澳台居民居住证.
func isResidencePermit(id ResidentID) bool {
	region := id.Region()
	return region == "810000" || region == "820000" || region == taiwanResidents
}

// parseOther takes any number of 4 to 30 letters, digits and brackets; a resident number among them
// is worth a question.
func parseOther(s string, now time.Time) (Certificate, []*fault.Fault, error) {
	code, err := certCode(s)
	if err != nil {
		return Certificate{}, nil, err
	}
	if !otherCertificate.MatchString(code) || countDigits(code) == 0 {
		return Certificate{}, nil, ErrCertFormat
	}
	var warnings []*fault.Fault
	if _, _, err := ParseResidentID(code, now); err == nil {
		warnings = []*fault.Fault{WarnCertTypeDiffers}
	}
	return Certificate{kind: CertOther, number: code}, warnings, nil
}

// String is the stored form of the number.
func (c Certificate) String() string { return c.number }

// Kind is the kind that it was read as.
func (c Certificate) Kind() string { return c.kind }

// BirthDate is the birth date inside the number; the zero Date where there is none.
func (c Certificate) BirthDate() Date { return c.birth }

// Sex is what the number says of it: male, female, or empty where it says nothing.
func (c Certificate) Sex() string { return c.sex }
