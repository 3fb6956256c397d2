// Package signin holds the rules of signing in: how long failed tries close an account, which code
// of a second factor counts, and the forms of one-time codes.
package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"kehu/internal/policy"
)

// Memory is how long failures in a row are remembered after the last one.
const Memory = 24 * time.Hour

// Closed is how long the n-th failure in a row closes what it was about; limit is the number that
// is still free.
func Closed(l policy.Lockout, limit, n int) time.Duration {
	if n < limit {
		return 0
	}
	longest := time.Duration(l.MaxMinutes) * time.Minute
	wait := time.Duration(l.FirstMinutes) * time.Minute
	for range n - limit {
		if wait *= 2; wait >= longest {
			return longest
		}
	}
	return min(wait, longest)
}

// Time-based codes (RFC 6238): six digits, thirty seconds, SHA-1, which every app speaks. The step
// before and after the present one count too, for clocks that differ.
const (
	Period     = 30
	skew       = 1
	SecretSize = 20
)

// Secret is a second factor's secret as apps take it.
func Secret(random []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random)
}

// Step finds the time step whose code it is. Only steps after the last used one count: a code that
// somebody watched being typed is good for nothing.
func Step(secret, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.Map(keepDigits, code)
	present := now.Unix() / Period
	for at := present - skew; at <= present+skew; at++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(at),
			hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && at > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = at, true
		}
	}
	return step, ok
}

func keepDigits(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	}
	return -1
}

// crockford has no letters that are read as digits.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Code writes random bytes as a code that people can copy: 5 bytes make 8 characters, parted in the
// middle of each 8.
func Code(random []byte) string {
	text := crockford.EncodeToString(random)
	var parts []string
	for len(text) > 4 {
		parts, text = append(parts, text[:4]), text[4:]
	}
	return strings.Join(append(parts, text), "-")
}

// Hash is how a code is kept: codes are random, so a fast hash hides them. Case, spaces and dashes
// make no difference, nor do the letters that look like digits.
func Hash(code string) string {
	plain := strings.NewReplacer(" ", "", "-", "", "o", "0", "i", "1", "l", "1").
		Replace(strings.ToLower(strings.TrimSpace(code)))
	sum := sha256.Sum256([]byte("kehu code " + plain))
	return hex.EncodeToString(sum[:])
}

// Digits makes a code of six digits from random bytes; eight bytes leave no digit more likely than
// another by more than 10⁻¹².
func Digits(random [8]byte) string {
	n := uint64(0)
	for _, b := range random {
		n = n<<8 | uint64(b)
	}
	n %= 1_000_000
	digits := make([]byte, 6)
	for i := 5; i >= 0; i-- {
		digits[i], n = byte('0'+n%10), n/10
	}
	return string(digits)
}
