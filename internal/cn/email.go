package cn

import (
	"strings"
	"sync"

	"kehu/internal/fault"
)

// Limits of RFC 5321 §4.5.3.1.
const (
	maxEmail      = 254
	maxEmailLocal = 64
	maxLabel      = 63
)

// E-mail faults.
var (
	ErrEmailSyntax = fault.Define("email_syntax",
		"邮箱格式不对，应为 name@company.com 的形式，请核对",
		"This is not an e-mail address; it looks like name@company.com")
	ErrEmailDomain = fault.Define("email_domain",
		"邮箱 @ 后面的域名不对，应为 company.com 的形式，请核对",
		"The part after the @ is not a domain like company.com; check it")
	ErrEmailSeveral = fault.Define("email_several",
		"这里有不止一个邮箱，请一格只填一个，其余填到联系人",
		"There is more than one e-mail address; give one, the others with the contacts")
	ErrEmailLength = fault.Define("email_length",
		"邮箱太长（@ 前最多 64 个字符，共最多 254 个），请核对",
		"The e-mail address is too long (64 characters before the @, 254 in all); check it")
	ErrEmailMasked = fault.Define("email_masked",
		"邮箱是脱敏后的（如 a***@qq.com），请填写完整邮箱",
		"The e-mail address is masked (like a***@qq.com); give it in full")
	WarnEmailTypo = fault.Define("email_typo",
		"邮箱域名可能写错了，是否应为 {suggestion}",
		"The domain may be misspelt; did you mean {suggestion}")
	WarnEmailPlaceholder = fault.Define("email_placeholder",
		"这个邮箱像是占位用的，请向客户核实",
		"This address looks like a placeholder; check it with the customer")
	WarnEmailQQ = fault.Define("email_qq_number",
		"QQ 号应为 5 到 11 位且不以 0 开头，请核对邮箱",
		"A QQ number has 5 to 11 digits and does not begin with 0; check the address")
)

// Email is an address of valid syntax, in lower case.
type Email struct {
	address string
	at      int
}

// ParseEmail reads an e-mail address (R3.3): width, case, "mailto:", ideographic full stops and
// spaces round the parts are normalised. No name server is asked.
func ParseEmail(s string) (Email, []*fault.Fault, error) {
	address := foldEmail(s)
	switch {
	case address == "":
		return Email{}, nil, ErrEmpty
	case isMaskedEmail(address):
		return Email{}, nil, ErrEmailMasked
	case len(SplitEmails(address)) > 1:
		return Email{}, nil, ErrEmailSeveral
	}
	at := strings.IndexByte(address, '@')
	if at < 0 || !isLocalPart(address[:at]) {
		return Email{}, nil, ErrEmailSyntax
	}
	if !isDomain(address[at+1:]) {
		return Email{}, nil, ErrEmailDomain
	}
	if len(address) > maxEmail || at > maxEmailLocal {
		return Email{}, nil, ErrEmailLength
	}
	email := Email{address, at}
	return email, email.doubts(), nil
}

// foldEmail gives the address in half-width lower case without what people put round it.
func foldEmail(s string) string {
	if isPlainEmail(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r == '。' || r == '｡' {
			return '.'
		}
		return r
	}, s)
	s = strings.ToLower(normalise(s, false, foldRune))
	s = strings.Trim(strings.TrimPrefix(s, "mailto:"), " <>,;、\"'")
	return aroundSeparators.Replace(s)
}

// aroundSeparators closes the space that is often typed beside @ and dots.
var aroundSeparators = strings.NewReplacer(" @ ", "@", " @", "@", "@ ", "@",
	" . ", ".", " .", ".", ". ", ".")

func isPlainEmail(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isLocalByte(c) && c != '@' && c != '.' {
			return false
		}
	}
	return s != ""
}

// isMaskedEmail looks before the @ only; masks of domains are no address at all.
func isMaskedEmail(address string) bool {
	local, _, _ := strings.Cut(address, "@")
	return strings.ContainsFunc(local, isMaskRune)
}

// isLocalByte tells the characters that mailboxes have in practice (lower case), dot apart.
func isLocalByte(c byte) bool {
	switch c {
	case '_', '%', '+', '-', '&':
		return true
	}
	return c >= 'a' && c <= 'z' || isDigit(c)
}

func isLocalPart(local string) bool {
	dot := true // a dot here would stand first or follow a dot
	for i := range len(local) {
		if local[i] == '.' {
			if dot {
				return false
			}
			dot = true
			continue
		}
		if !isLocalByte(local[i]) {
			return false
		}
		dot = false
	}
	return !dot
}

// isDomain checks labels of letters, digits and inner hyphens, at least two, the last of letters
// (or punycode). Chinese domains are written in punycode.
func isDomain(domain string) bool {
	labels := 0
	label := ""
	for rest, more := domain, true; more; labels++ {
		label, rest, more = strings.Cut(rest, ".")
		if !isLabel(label) {
			return false
		}
	}
	return labels >= 2 && isTopLevel(label)
}

func isLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if c := label[i]; !isDigit(c) && c != '-' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func isTopLevel(label string) bool {
	if strings.HasPrefix(label, "xn--") {
		return true
	}
	for i := range len(label) {
		if label[i] < 'a' || label[i] > 'z' {
			return false
		}
	}
	return len(label) >= 2 && len(label) <= 24
}

// doubts are the warnings: a misspelt free mail domain, a placeholder, an impossible QQ number.
func (e Email) doubts() []*fault.Fault {
	var warnings []*fault.Fault
	if suggestion, ok := SuggestEmail(e); ok {
		warnings = append(warnings, WarnEmailTypo.With("suggestion", suggestion.Domain()))
	}
	local := e.address[:e.at]
	if isPlaceholder(local) || isExampleDomain(e.Domain()) {
		warnings = append(warnings, WarnEmailPlaceholder)
	}
	if e.Domain() == "qq.com" && allDigits(local) &&
		(len(local) < 5 || len(local) > 11 || local[0] == '0') {
		warnings = append(warnings, WarnEmailQQ)
	}
	return warnings
}

func isPlaceholder(local string) bool {
	switch local {
	case "test", "test1", "test123", "noreply", "no-reply", "no_reply", "donotreply", "none",
		"null", "abc", "xxx", "aaa", "asdf", "123", "example":
		return true
	}
	return false
}

// isExampleDomain tells the names that RFC 2606 reserves for examples.
func isExampleDomain(domain string) bool {
	switch domain {
	case "example.com", "example.org", "example.net", "test.com":
		return true
	}
	return strings.HasSuffix(domain, ".test") || strings.HasSuffix(domain, ".example") ||
		strings.HasSuffix(domain, ".invalid")
}

// SuggestEmail gives the address with its domain as it was probably meant.
func SuggestEmail(e Email) (Email, bool) {
	domain := e.Domain()
	right, ok := typos()[domain]
	if !ok && strings.HasSuffix(domain, ".con") {
		right, ok = strings.TrimSuffix(domain, "con")+"com", true
	}
	if !ok {
		return Email{}, false
	}
	return Email{e.address[:e.at+1] + right, e.at}, true
}

// SplitEmails divides a cell that holds several addresses, at ; , 、 | spaces and line breaks. The
// pieces are not checked; a piece without @ stays, so that nothing typed is lost.
func SplitEmails(s string) []string {
	if strings.IndexByte(s, '@') == strings.LastIndexByte(s, '@') {
		if s = strings.TrimFunc(s, isSpace); s == "" {
			return nil
		}
		return []string{s}
	}
	return strings.FieldsFunc(s, func(r rune) bool {
		return isSpace(r) || strings.ContainsRune(";；,，、|/", r)
	})
}

// String is the address in lower case.
func (e Email) String() string { return e.address }

// Domain is what follows the @.
func (e Email) Domain() string {
	if e.address == "" {
		return ""
	}
	return e.address[e.at+1:]
}

// IsPersonal tells a free mailbox (个人邮箱) from one at a company's own domain.
func (e Email) IsPersonal() bool { return freeMail()[e.Domain()] }

var freeMail = sync.OnceValue(func() map[string]bool {
	table := rows("freemail.txt")
	domains := make(map[string]bool, len(table))
	for _, row := range table {
		domains[row[0]] = true
	}
	return domains
})

var typos = sync.OnceValue(func() map[string]string {
	right := map[string]string{}
	for _, row := range rows("email_typos.tsv") {
		right[row[0]] = row[1]
	}
	return right
})
