package sheet

import (
	"math"
	"strconv"
	"time"
)

// Serials of dates (ECMA-376 part 1, 18.17.4.1): days since the end of 1899, with a 29 February
// 1900 that never was at 60, or days since 1 January 1904.
const (
	secondsOfDay  = 24 * 60 * 60
	leapBug       = 60
	serialOf1970  = 25_569
	offset1904    = 1_462
	firstBad1900  = 2_958_466 // the serial after 9999-12-31
	monthDayClock = "2006-01-02 15:04:05"
)

// appendSerial appends a serial as people read it. ok is false when the format is none of a date
// or the serial lies outside the calendar, where a spreadsheet shows #### or a number.
func appendSerial(dst []byte, serial float64, class formatClass, date1904 bool) ([]byte, bool) {
	if class == formatPlain || !(serial >= 0 && serial < firstBad1900) {
		return dst, false
	}
	// Serials are binary fractions: 10:20:30 is stored a little above or below.
	total := int64(math.Round(serial * secondsOfDay))
	days, seconds := total/secondsOfDay, total%secondsOfDay
	if class == formatElapsed {
		return appendElapsed(dst, total), true
	}
	if days == 0 && (class == formatTime || !date1904 && seconds > 0) {
		return appendClock(dst, seconds), true
	}
	if date1904 {
		days += offset1904
	} else if days == 0 {
		return append(dst, "1900-01-00"...), true
	} else if days < leapBug {
		days++
	} else if days == leapBug {
		dst = append(dst, "1900-02-29"...)
		if seconds > 0 {
			dst = appendClock(append(dst, ' '), seconds)
		}
		return dst, true
	}
	if days >= firstBad1900 {
		return dst, false
	}
	at := time.Unix((days-serialOf1970)*secondsOfDay+seconds, 0).UTC()
	layout := monthDayClock
	if seconds == 0 {
		layout = time.DateOnly
	}
	return at.AppendFormat(dst, layout), true
}

func appendClock(dst []byte, seconds int64) []byte {
	dst = appendTwo(dst, seconds/3600)
	dst = appendTwo(append(dst, ':'), seconds/60%60)
	return appendTwo(append(dst, ':'), seconds%60)
}

// appendElapsed writes hours that run on: 26:30:00.
func appendElapsed(dst []byte, seconds int64) []byte {
	hours := seconds / 3600
	if hours < 100 {
		return appendClock(dst, seconds)
	}
	dst = strconv.AppendInt(dst, hours, 10)
	dst = appendTwo(append(dst, ':'), seconds/60%60)
	return appendTwo(append(dst, ':'), seconds%60)
}

func appendTwo(dst []byte, n int64) []byte {
	return append(dst, byte('0'+n/10%10), byte('0'+n%10))
}

// isoLayouts are the forms of a cell of type d (ECMA-376 part 1, 18.18.11; xsd:dateTime).
var isoLayouts = []string{
	time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05Z07:00",
}

// appendISO appends an ISO 8601 date in the same form as appendSerial; the clock is taken as
// written, zones are not counted in: spreadsheets know none.
func appendISO(dst, raw []byte) ([]byte, bool) {
	text := string(raw)
	for _, layout := range isoLayouts {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		at = at.Round(time.Second)
		if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
			return at.AppendFormat(dst, time.DateOnly), true
		}
		return at.AppendFormat(dst, monthDayClock), true
	}
	for _, layout := range []string{"15:04:05", "T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.AppendFormat(dst, time.TimeOnly), true
		}
	}
	return dst, false
}
