package workday

import (
	_ "embed"
	"fmt"
	"maps"
	"strings"
	"sync"
)

// The years whose notices are built in.
const (
	firstBuiltIn = 2004
	lastBuiltIn  = 2026
)

//go:embed official.txt
var officialTable string

// Published tells whether the notice for a year is built in.
func Published(year int) bool { return firstBuiltIn <= year && year <= lastBuiltIn }

// official holds every built-in day that differs from the plain week: by notice for the
// published years, by the law for the years after them as far as the lunar table reaches.
var official = sync.OnceValue(func() map[Date]Day {
	days := map[Date]Day{}
	for year := lastBuiltIn + 1; year <= lastLunar; year++ {
		for _, day := range append(Statutory(year), madeUp(year)...) {
			days[day.Date] = day
		}
	}
	// The notices come last: that for a year may move days of the December before it.
	maps.Copy(days, parseOfficial(officialTable))
	return days
})

// parseOfficial reads the built-in table; it is part of the program, so a fault in it panics.
func parseOfficial(table string) map[Date]Day {
	days := map[Date]Day{}
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		name := fields[0]
		for d := mustDate(fields[1]); d <= mustDate(fields[2]); d++ {
			days[d] = Day{Date: d, Kind: Holiday, Name: name}
		}
		for i := 4; i < len(fields); i++ { // fields[3] is 班
			d := mustDate(fields[i])
			days[d] = Day{Date: d, Kind: Workday, Name: name}
		}
	}
	return days
}

func mustDate(text string) Date {
	d, err := ParseDate(text)
	if err != nil {
		panic(fmt.Sprintf("workday: built-in table: %v", err))
	}
	return d
}
