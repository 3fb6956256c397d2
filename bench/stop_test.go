package bench

import (
	"context"
	"errors"
	"testing"
)

// TestABenchEndsWhenItIsStopped: whoever stops a measurement of an hour does not wait for the rest of it.
func TestABenchEndsWhenItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, err := open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	asked := 0
	_, err = r.repeat(1000, func(i int) (string, string, any) {
		if asked++; i == 3 {
			stop()
		}
		return "GET", "/api/kehu/health", nil
	}, owner, 1)
	if !errors.Is(err, context.Canceled) || asked != 4 {
		t.Fatalf("stopped at the fourth request, %d were asked: %v", asked, err)
	}
}
