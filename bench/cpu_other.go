//go:build !unix

package bench

import "time"

var began = time.Now()

// cpuTime is wall time where the system tells no other.
func cpuTime() time.Duration { return time.Since(began) }
