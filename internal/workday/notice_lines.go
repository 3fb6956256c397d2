package workday

import (
	"fmt"
	"regexp"
	"strings"
)

// kindWords are the words that say what a line's day is.
var kindWords = map[string]Kind{
	"休": Holiday, "假": Holiday, "放假": Holiday, "休息": Holiday, "holiday": Holiday,
	"班": Workday, "上班": Workday, "补班": Workday, "调休上班": Workday, "workday": Workday,
}

// rangeSign joins two dates, whatever spaces stand around it.
var rangeSign = regexp.MustCompile(`\s*(?:至|到|~|—+|–)\s*(\d)`)

// readLines reads one day or range of days from each line, with commas, tabs or spaces between
// the fields in any order after the date. A first line of column titles is passed over.
func (n *notice) readLines(text string) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(strings.Map(narrow, line), "#")
		line = rangeSign.ReplaceAllString(strings.TrimSpace(line), "~$1")
		title := number == 1 && !strings.ContainsAny(line, "0123456789")
		if line == "" || title {
			continue
		}
		if err := n.addLine(fmt.Sprintf("第 %d 行", number), line); err != nil {
			return err
		}
	}
	return nil
}

func (n *notice) addLine(place, line string) error {
	fields := strings.FieldsFunc(line, func(r rune) bool {
		return strings.ContainsRune(" \t,;、", r)
	})
	if len(fields) == 0 {
		return nil
	}
	from, to, ranged := strings.Cut(fields[0], "~")
	first, err := noticeDate(place, from)
	if err != nil {
		return err
	}
	last := first
	if ranged {
		if last, err = noticeDate(place, to); err != nil {
			return err
		}
	}
	kind, name, err := lineWords(place, first, fields[1:])
	if err != nil {
		return err
	}
	return n.add(place, first, last, kind, name)
}

// lineWords sorts what follows the date into the kind, the name and a weekday, which is checked.
func lineWords(place string, first Date, words []string) (kind Kind, name string, err error) {
	var names []string
	for _, word := range words {
		found, ok := kindWords[strings.ToLower(word)]
		switch {
		case ok && kind == "":
			kind = found
		case ok && kind != found:
			return "", "", ErrEntryKind.With("place", place)
		case ok:
		case weekdayWord.FindString(word) == word:
			if err := checkWeekday(first, word); err != nil {
				return "", "", err
			}
		default:
			names = append(names, word)
		}
	}
	if kind == "" {
		return "", "", ErrEntryKind.With("place", place)
	}
	return kind, strings.Join(names, " "), nil
}
