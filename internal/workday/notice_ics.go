package workday

import (
	"fmt"
	"strings"
)

// readICS reads the events of an iCalendar file (RFC 5545) that are marked as days off or days
// worked; others, such as solar terms, are passed over.
func (n *notice) readICS(text string) error {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text) // folded lines, §3.1
	var event map[string]string
	count := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "BEGIN:VEVENT":
			event = map[string]string{}
			count++
		case line == "END:VEVENT" && event != nil:
			if err := n.addEvent(fmt.Sprintf("第 %d 个事件", count), event); err != nil {
				return err
			}
			event = nil
		case event != nil:
			property, value, _ := strings.Cut(line, ":")
			name, _, _ := strings.Cut(property, ";")
			event[strings.ToUpper(name)] = value
		}
	}
	if event != nil {
		return ErrICS.With("place", fmt.Sprintf("第 %d 个事件", count))
	}
	return nil
}

func (n *notice) addEvent(place string, event map[string]string) error {
	kind, ok := eventKind(event)
	if !ok {
		return nil
	}
	first, err := eventDate(place, event["DTSTART"])
	if err != nil {
		return err
	}
	last := first
	if end := event["DTEND"]; end != "" {
		if last, err = eventDate(place, end); err != nil {
			return err
		}
		last = max(last-1, min(first, last)) // DTEND is exclusive, §3.6.1; some repeat DTSTART
	}
	return n.add(place, first, last, kind, eventName(event["SUMMARY"]))
}

func eventKind(event map[string]string) (Kind, bool) {
	mark := event["X-APPLE-SPECIAL-DAY"] + event["SUMMARY"]
	switch {
	case strings.Contains(mark, "ALTERNATE-WORKDAY") || strings.Contains(mark, "班"):
		return Workday, true
	case strings.Contains(mark, "WORK-HOLIDAY") || strings.ContainsAny(mark, "休假"):
		return Holiday, true
	}
	return "", false
}

// eventDate reads the date of 20270101 and 20270101T000000.
func eventDate(place, value string) (Date, error) {
	if len(value) >= 8 {
		text := value[:4] + "-" + value[4:6] + "-" + value[6:8]
		if d, err := ParseDate(text); err == nil && inNotices(d) {
			return d, nil
		}
	}
	return 0, ErrEntryDate.With("place", place, "value", clip(value))
}

func inNotices(d Date) bool { return d.Year() >= noticeFirst && d.Year() <= noticeLast }

// eventMarks stand around the name in the summaries of common calendars: 元旦(休), 春节假期,
// 上班(补春节假期).
var eventMarks = strings.NewReplacer("(休)", "", "(班)", "", "(假)", "", "上班(补", "", "假期)", "",
	"假期", "")

func eventName(summary string) string {
	return eventMarks.Replace(strings.Map(narrow, summary))
}
