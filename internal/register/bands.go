package register

import (
	"regexp"
	"strconv"
	"strings"
)

// A band is one option of a size: [From, To), in persons or yuan; To 0 is open.
type band struct {
	key      string
	from, to float64
}

// Lower bounds are inclusive (data.md).
var (
	headcountBands = []band{{"lt50", 0, 50}, {"50_200", 50, 200}, {"200_1000", 200, 1000},
		{"gt1000", 1000, 0}}
	revenueBands = []band{{"lt5m", 0, 5e6}, {"5m_20m", 5e6, 20e6}, {"20m_100m", 20e6, 100e6},
		{"gt100m", 100e6, 0}}
)

// largestSize is more yuan than any firm turns over: a longer number is a code that was typed into
// the wrong field, and may be that of a certificate.
const largestSize = 1e13

var spanned = regexp.MustCompile(`^(\d+(?:\.\d+)?)(百万|千万|万|亿|千)?(?:-|~|—|–|至|到)(\d+(?:\.\d+)?)(百万|千万|万|亿|千)?$`)
var single = regexp.MustCompile(`^(<|>|≤|≥|约|超过|不足|少于|多于|大于|小于|近)?(\d+(?:\.\d+)?)(百万|千万|万|亿|千)?(\+|以上|以下|以内|多|余|左右)?$`)

// inBand finds the band of "120人", "50-200", "1000人以上", "3000万". spans is true where the text
// covers more than one band: then nothing is chosen for the user.
func inBand(bands []band, text string) (key string, spans, ok bool) {
	if len(bands) == 0 {
		return "", false, false // a select that has no sizes
	}
	text = strings.NewReplacer("人民币", "", "人", "", "名", "", "元", "", "员工", "", ",", "", "，", "",
		" ", "", "～", "~", "RMB", "", "w", "万", "W", "万").Replace(text)
	if m := spanned.FindStringSubmatch(text); m != nil {
		unit := m[2]
		if unit == "" {
			unit = m[4]
		}
		low, high := scaled(m[1], unit), scaled(m[3], m[4])
		if high > largestSize {
			return "", false, false
		}
		first, last := bandOf(bands, low), bandOf(bands, high)
		if high == bands[first].to { // "50-200": the upper bound belongs to the next band
			last = first
		}
		return bands[first].key, first != last, low <= high
	}
	m := single.FindStringSubmatch(text)
	if m == nil {
		return "", false, false
	}
	n := scaled(m[2], m[3])
	if n > largestSize {
		return "", false, false
	}
	return oneBand(bands, m[1], m[4], n)
}

// oneBand: "500人以上" covers several bands, "1000人以上" one; likewise downwards.
func oneBand(bands []band, before, behind string, n float64) (string, bool, bool) {
	at := bandOf(bands, n)
	switch {
	case before == ">" || before == "≥" || before == "超过" || before == "多于" ||
		before == "大于" || behind == "+" || behind == "以上":
		return bands[at].key, at != len(bands)-1, true
	case before == "<" || before == "≤" || before == "不足" || before == "少于" ||
		before == "小于" || behind == "以下" || behind == "以内":
		if at > 0 && n == bands[at].from {
			at--
		}
		return bands[at].key, at != 0, true
	}
	if before == "近" && at > 0 && n == bands[at].from {
		at-- // nearly 200 is less than 200
	}
	return bands[at].key, false, true
}

func bandOf(bands []band, n float64) int {
	for i, b := range bands {
		if b.to == 0 || n < b.to {
			return i
		}
	}
	return len(bands) - 1
}

func scaled(number, unit string) float64 {
	n, _ := strconv.ParseFloat(number, 64)
	switch unit {
	case "千":
		return n * 1e3
	case "万":
		return n * 1e4
	case "百万":
		return n * 1e6
	case "千万":
		return n * 1e7
	case "亿":
		return n * 1e8
	}
	return n
}
