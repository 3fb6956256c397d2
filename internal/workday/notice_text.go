package workday

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The wording of the notices since 2014, without blanks: the title; sections such as
// 二、春节:2月15日(周日)至23日(周一)放假调休,共9天。2月14日(周六)上班。; the signature.
var (
	noticeTitle   = regexp.MustCompile(`关于(\d{4})年部分节假日安排的通知`)
	noticeSection = regexp.MustCompile(`[一二三四五六七八九十]、([^:。,;]{1,20}):`)
	noticeSigned  = regexp.MustCompile(`国务院办公厅\d{4}年\d{1,2}月\d{1,2}日`)
	noticeVerb    = regexp.MustCompile(`放假|补休|上班`)
	noticeCount   = regexp.MustCompile(`共(\d{1,3})天`)
	noticeSpan    = regexp.MustCompile(`(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日(\([^)]*\))?` +
		`(?:(?:至|—|-|~)(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(\([^)]*\))?)?`)
)

// noticeText recognises the notice of 国务院办公厅 by its title; body is what follows the title,
// up to the signature, without blanks and in narrow signs.
func noticeText(text string) (year int, body string, ok bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return narrow(r)
	}, text)
	m := noticeTitle.FindStringSubmatchIndex(text)
	if m == nil {
		return 0, "", false
	}
	year, _ = strconv.Atoi(text[m[2]:m[3]])
	body = text[m[1]:]
	if end := noticeSigned.FindStringIndex(body); end != nil {
		body = body[:end[0]]
	}
	return year, body, true
}

// readText reads a notice section by section and demands every statutory day of its year.
func (n *notice) readText(year int, body string) error {
	heads := noticeSection.FindAllStringSubmatchIndex(body, -1)
	for i, head := range heads {
		end := len(body)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		section := section{notice: n, year: year, name: body[head[2]:head[3]]}
		for sentence := range strings.SplitSeq(body[head[1]:end], "。") {
			if err := section.addSentence(sentence); err != nil {
				return err
			}
		}
	}
	missing := Missing(n.sorted(), year)
	if len(missing) > 0 {
		first := missing[0]
		return ErrIncomplete.With("year", year, "missing", first.Name+" "+first.Date.String())
	}
	return nil
}

// section is one holiday of a notice.
type section struct {
	notice *notice
	year   int
	name   string
}

// addSentence gives the dates before each verb to that verb: 5月1日放假,5月2日(星期一)补休.
// A sentence without these verbs only advises.
func (s section) addSentence(sentence string) error {
	start, off := 0, 0
	for _, verb := range noticeVerb.FindAllStringIndex(sentence, -1) {
		kind := Holiday
		if sentence[verb[0]:verb[1]] == "上班" {
			kind = Workday
		}
		days, err := s.addSpans(sentence[start:verb[0]], kind)
		if err != nil {
			return err
		}
		if kind == Holiday {
			off += days
		}
		start = verb[1]
	}
	written := noticeCount.FindStringSubmatch(sentence)
	if off > 0 && written != nil && written[1] != strconv.Itoa(off) {
		return ErrCount.With("place", s.name, "written", written[1], "actual", off)
	}
	return nil
}

// addSpans adds every date and range of a phrase and returns the number of days.
func (s section) addSpans(phrase string, kind Kind) (days int, err error) {
	for _, m := range noticeSpan.FindAllStringSubmatch(phrase, -1) {
		first, err := s.date(m[1], m[2], m[3], m[4])
		if err != nil {
			return 0, err
		}
		last := first
		if m[7] != "" {
			if last, err = s.date(or(m[5], m[1]), or(m[6], m[2]), m[7], m[8]); err != nil {
				return 0, err
			}
		}
		if kind == Workday && !first.Weekend() {
			actual := weekdays[first.Weekday()]
			return 0, ErrWeekdayWorked.With("date", first, "actual", actual)
		}
		if err := s.notice.add(s.name, first, last, kind, s.name); err != nil {
			return 0, err
		}
		days += int(last-first) + 1
	}
	return days, nil
}

// date reads one date of the section. A notice reaches back into December at most.
func (s section) date(year, month, day, remark string) (Date, error) {
	year = or(year, strconv.Itoa(s.year))
	d, ok := realDate(year, month, day)
	if !ok {
		value := year + "-" + month + "-" + day
		return 0, ErrEntryDate.With("place", s.name, "value", value)
	}
	if d < On(s.year-1, time.December, 1) || d.Year() > s.year {
		return 0, ErrYear.With("date", d, "year", s.year)
	}
	return d, checkWeekday(d, remark)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
