package commands

import (
	"errors"
	"strings"
	"testing"
)

// TestTheRecoveryIdentityIsOnPaperFirst: whoever takes it off the machine at a terminal has it before them.
func TestTheRecoveryIdentityIsOnPaperFirst(t *testing.T) {
	const identity = "AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	for typed, want := range map[string]error{"6MUA7L\n": nil, " 6mua7l \r\n": nil, "6MUA7L": nil,
		"": ErrNotOnPaper, "\n": ErrNotOnPaper, "yes\n": ErrNotOnPaper, "KEY-1Q\n": ErrNotOnPaper,
		"6MUA7\n": ErrNotOnPaper, identity + "\n": nil} {
		var asked strings.Builder
		if err := askPaper(strings.NewReader(typed), &asked, identity); !errors.Is(err, want) {
			t.Errorf("%q: %v, wanted %v", typed, err, want)
		}
		if strings.Contains(asked.String(), "6MUA7L") {
			t.Errorf("the question answers itself: %s", asked.String())
		}
	}
}
