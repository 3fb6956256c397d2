package signin

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"kehu/internal/policy"
)

func TestClosedGrows(t *testing.T) {
	l := policy.Lockout{FirstMinutes: 1, MaxMinutes: 60}
	for n, want := range map[int]time.Duration{0: 0, 4: 0, 5: time.Minute, 6: 2 * time.Minute,
		7: 4 * time.Minute, 10: 32 * time.Minute, 11: time.Hour, 12: time.Hour, 5000: time.Hour} {
		if got := Closed(l, 5, n); got != want {
			t.Errorf("%d failures: %v, want %v", n, got, want)
		}
	}
}

// RFC 6238, appendix B: the seed "12345678901234567890", the last six of the eight digits.
func TestStepOfTheStandardsVectors(t *testing.T) {
	secret := Secret([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		step, ok := Step(secret, code, time.Unix(at, 0), 0)
		if !ok || step != at/Period {
			t.Errorf("%d: step %d, %v", at, step, ok)
		}
	}
}

func TestStepCountsOnceAndOnlyNearby(t *testing.T) {
	secret := Secret([]byte("abcdefghijklmnopqrst"))
	now := time.Unix(1_790_000_000, 0)
	code, err := totp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	step, ok := Step(secret, " "+code[:3]+" "+code[3:], now, 0)
	if !ok {
		t.Fatal("a code written in two groups is refused")
	}
	if _, again := Step(secret, code, now, step); again {
		t.Error("a used code counts again")
	}
	for _, away := range []time.Duration{-90 * time.Second, 90 * time.Second, time.Hour} {
		if _, ok := Step(secret, code, now.Add(away), 0); ok {
			t.Errorf("the code counts %v later", away)
		}
	}
	if _, ok := Step(secret, code, now.Add(Period*time.Second), 0); !ok {
		t.Error("a clock that is half a minute ahead is refused")
	}
	if _, ok := Step(secret, "", now, 0); ok {
		t.Error("no code counts")
	}
}

func TestCodesAreReadAsPeopleWriteThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "random")
		code := Code(random)
		written := strings.ToUpper(strings.ReplaceAll(code, "-", " "))
		written = strings.NewReplacer("0", "O", "1", "l").Replace(written)
		if Hash(written) != Hash(code) {
			t.Fatalf("%q is not %q", written, code)
		}
		if other := Code(append([]byte{random[0] ^ 1}, random[1:]...)); Hash(other) == Hash(code) {
			t.Fatal("two codes have one hash")
		}
	})
}

func TestDigits(t *testing.T) {
	if got := Digits([8]byte{}); got != "000000" {
		t.Error(got)
	}
	if got := Digits([8]byte{0, 0, 0, 0, 0, 15, 66, 63}); got != "999999" {
		t.Error(got)
	}
}
