package workday

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kehu/internal/fault"
)

// The texts of the notices give the same working days as the built-in table.
func TestOfficialNotices(t *testing.T) {
	for _, year := range []int{2024, 2025, 2026} {
		text, err := os.ReadFile(fmt.Sprintf("testdata/%d.txt", year))
		if err != nil {
			t.Fatal(err)
		}
		days, err := ParseNotice(text)
		if err != nil {
			t.Errorf("%d: %v", year, err)
			continue
		}
		read := map[Date]Kind{}
		for _, day := range days {
			read[day.Date] = day.Kind
		}
		for d := On(year, 1, 1); d < On(year+1, 1, 1); d++ {
			kind, named := read[d]
			working := named && kind == Workday || !named && !d.Weekend()
			if status := plain.On(d); working != status.Working {
				t.Errorf("%v: the notice gives working %v, the table %+v", d, working, status)
			}
		}
	}
}

func TestNoticeShapes(t *testing.T) {
	want := []Day{
		{On(2027, 1, 1), Holiday, "元旦"},
		{On(2027, 2, 5), Holiday, "春节"},
		{On(2027, 2, 6), Holiday, "春节"},
		{On(2027, 2, 20), Workday, "春节"},
	}
	for name, text := range map[string]string{
		"chinese-days": `{"holidays":{"2027-02-05":"Spring Festival,春节,4",
			"2027-02-06":"Spring Festival,春节,4","2027-01-01":"New Year's Day,元旦,1"},
			"workdays":{"2027-02-20":"Spring Festival,春节,4"},"inLieuDays":{"2027-02-09":"x"}}`,
		"holiday-cn": `{"$schema":"x","year":2027,"papers":[],"days":[
			{"name":"元旦","date":"2027-01-01","isOffDay":true},
			{"name":"春节","date":"2027-02-05","isOffDay":true},
			{"name":"春节","date":"2027-02-06","isOffDay":true},
			{"name":"春节","date":"2027-02-20","isOffDay":false}]}`,
		"plain list": `[{"date":"2027-02-05","kind":"holiday","name":"春节"},
			{"date":"2027-02-06","kind":"holiday","name":"春节"},
			{"date":"2027-01-01","kind":"holiday","name":"元旦"},
			{"date":"2027-02-20","kind":"workday","name":"春节"}]`,
		"ICS": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\n" +
			"DTEND;VALUE=DATE:20270102\r\nSUMMARY:元旦(休)\r\nEND:VEVENT\r\n" +
			"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270205\r\nDTEND;VALUE=DATE:20270207\r\n" +
			"SUMMARY:春\r\n 节（休）\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20270220T000000\r\n" +
			"SUMMARY:春节(班)\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270204\r\n" +
			"SUMMARY:立春\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"ICS with Apple's marks": "\ufeffBEGIN:VCALENDAR\nBEGIN:VEVENT\n" +
			"DTSTART;VALUE=DATE:20270101\nDTEND;VALUE=DATE:20270101\nSUMMARY:元旦\n" +
			"X-APPLE-SPECIAL-DAY:WORK-HOLIDAY\nEND:VEVENT\nBEGIN:VEVENT\n" +
			"DTSTART;VALUE=DATE:20270205\nDTEND;VALUE=DATE:20270207\nSUMMARY:春节\n" +
			"X-APPLE-SPECIAL-DAY:WORK-HOLIDAY\nEND:VEVENT\nBEGIN:VEVENT\n" +
			"DTSTART;VALUE=DATE:20270220\nSUMMARY:春节\n" +
			"X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY\nEND:VEVENT\nEND:VCALENDAR",
		"ICS in words": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:元旦假期\n" +
			"DTSTART;VALUE=DATE:20270101\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:春节假期\n" +
			"DTSTART;VALUE=DATE:20270205\nDTEND;VALUE=DATE:20270207\nEND:VEVENT\n" +
			"BEGIN:VEVENT\nSUMMARY:上班(补春节假期)\nDTSTART;VALUE=DATE:20270220\nEND:VEVENT",
		"lines": "2027-01-01 休 元旦\n2027-02-05 休 春节\n2027-02-06 休 春节\n2027-02-20 班 春节",
		"lines as typed": "日期,类型,名称\r\n\r\n# 草稿\r\n２０２７年１月１日，休，元旦\r\n" +
			"2027-02-05～2027-02-06，休，春节\r\n2027-02-20、班、春节\r\n",
		"a range, a comment, weekdays": "2027/1/1,周五,元旦,放假 # 一天\n" +
			"2027.2.5 至 2027.2.6\t休\t春节\n2027年2月20日 星期六 上班 春节\n",
	} {
		got, err := ParseNotice([]byte(text))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// official2027 is a notice in the usual wording, for faults to be put into.
const official2027 = `国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至12日（周五）放假调休，共8天。2月13日（周六）、1月31日（周日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日放假，5月2日（周日）、5月3日（周一）、5月4日补休。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日放假，与周末连休。
七、国庆节：10月1日—10月7日放假调休，共7天。9月26日（星期天）、10月9日上班。
国务院办公厅
2026年11月5日`

func TestTheNextNotice(t *testing.T) {
	days, err := ParseNotice([]byte(official2027))
	if err != nil {
		t.Fatal(err)
	}
	c := New(days)
	if !c.Published(2027) || len(Missing(days, 2027)) != 0 {
		t.Error("2027 is not published after the import")
	}
	if got := c.Due(at8(t, "2027-09-30 18:01"), 1, Office); DateOf(got.At) != On(2027, 10, 9) ||
		got.Provisional {
		t.Errorf("due %+v", got)
	}
}

func TestNoticesOverTheYearsEnd(t *testing.T) {
	text := strings.Replace(official2027, "1月1日（周五）至3日（周日）放假，共3天。",
		"2026年12月31日（周四）至2027年1月2日放假调休，共3天。2026年12月27日（周日）上班。", 1)
	days, err := ParseNotice([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c := New(days)
	if c.Working(On(2026, 12, 31)) || !c.Working(On(2026, 12, 27)) {
		t.Error("the notice for 2027 does not move the days of December 2026")
	}
}

func TestBadNotices(t *testing.T) {
	change := func(from, to string) string {
		if !strings.Contains(official2027, from) {
			t.Fatalf("the notice lacks %s", from)
		}
		return strings.Replace(official2027, from, to, 1)
	}
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:元旦(休)\n" + lines + "\nEND:VEVENT"
	}
	for name, c := range map[string]struct {
		text string
		want *fault.Fault
	}{
		"nothing":             {"", ErrNoDays},
		"only a comment":      {"# 2027", ErrNoDays},
		"too large":           {strings.Repeat(" ", MaxNotice+1), ErrTooLarge},
		"too many days":       {manyRanges(), ErrTooLarge},
		"GBK":                 {"2027-01-01 \xd0\xdd", ErrNotText},
		"UTF-16":              {"2\x000\x002\x007\x00", ErrNotText},
		"prose":               {"明年放假安排", ErrNoDays},
		"prose of two lines":  {"明年\n放假安排", ErrEntryDate},
		"30 February":         {"2027-02-30 休", ErrEntryDate},
		"mixed signs":         {"2027-01/01 休", ErrEntryDate},
		"year 1999":           {"1999-12-31 休", ErrEntryDate},
		"year 2101":           {"2101-01-01 休", ErrEntryDate},
		"no kind":             {"2027-01-01 元旦", ErrEntryKind},
		"two kinds":           {"2027-01-01 休 班", ErrEntryKind},
		"both kinds":          {"2027-01-01 休\n2027-01-01 班", ErrConflict},
		"backwards":           {"2027-01-03~2027-01-01 休", ErrEntryRange},
		"a range of 32 days":  {"2027-01-01~2027-02-01 休", ErrEntryRange},
		"half a range":        {"2027-01-01~2 休", ErrEntryDate},
		"wrong weekday":       {"2027-01-01 周六 休", ErrWeekday},
		"a long name":         {"2027-01-01 休 " + strings.Repeat("长", 61), ErrEntryName},
		"broken JSON":         {`{"holidays":`, ErrJSON},
		"JSON of other types": {`{"holidays":[1]}`, ErrJSON},
		"JSON of other shape": {`{"data":{}}`, ErrNoDays},
		"JSON with bad date":  {`{"workdays":{"2027-1-32":"x"}}`, ErrEntryDate},
		"JSON without kind":   {`[{"date":"2027-01-01"}]`, ErrEntryKind},
		"JSON bad kind":       {`[{"date":"2027-01-01","kind":"off"}]`, ErrEntryKind},
		"ICS cut off":         {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:休", ErrICS},
		"ICS without events":  {"BEGIN:VCALENDAR\nEND:VCALENDAR", ErrNoDays},
		"ICS without date":    {event(""), ErrEntryDate},
		"ICS with bad date":   {event("DTSTART:20270230"), ErrEntryDate},
		"ICS in characters":   {event("DTSTART:二〇二七年"), ErrEntryDate},
		"ICS bad end":         {event("DTSTART:20270101\nDTEND:x"), ErrEntryDate},
		"ICS backwards":       {event("DTSTART:20270105\nDTEND:20270101"), ErrEntryRange},
		"ICS endless":         {event("DTSTART:20270101\nDTEND:20280101"), ErrEntryRange},
		"title alone":         {"国务院办公厅关于2027年部分节假日安排的通知", ErrIncomplete},
		"lacks 中秋":            {change("9月15日放假", "9月16日放假"), ErrIncomplete},
		"another year's days": {change("2027年部分", "2028年部分"), ErrWeekday},
		"weekday":             {change("2月13日（周六）", "2月13日（周日）"), ErrWeekday},
		"weekday of the end":  {change("至12日（周五）", "至12日（周六）"), ErrWeekday},
		"number of days":      {change("共8天", "共7天"), ErrCount},
		"a worked Monday":     {change("10月9日上班", "10月11日上班"), ErrWeekdayWorked},
		"off and worked":      {change("5月8日（周六）上班", "5月2日上班"), ErrConflict},
		"31 June":             {change("6月9日", "6月31日"), ErrEntryDate},
		"too early":           {change("10月9日上班", "2026年10月10日上班"), ErrYear},
		"too late":            {change("10月9日上班", "2028年1月1日上班"), ErrYear},
		"a long span":         {change("10月1日—10月7日放假调休，共7天", "9月1日—10月7日放假"), ErrEntryRange},
	} {
		days, err := ParseNotice([]byte(c.text))
		if !errors.Is(err, c.want) || days != nil {
			t.Errorf("%s: got %v, %v; want %s", name, days, err, c.want.Code)
		}
	}
}

func manyRanges() string {
	var text strings.Builder
	for year := 2000; year <= 2100; year++ {
		for month := 1; month <= 12; month++ {
			fmt.Fprintf(&text, "%d-%02d-01~%d-%02d-28 休\n", year, month, year, month)
		}
	}
	return text.String()
}

func TestFaultsNameTheLine(t *testing.T) {
	_, err := ParseNotice([]byte("2027-01-01 休 元旦\n\n2027-01-32 班"))
	found, ok := fault.Of(err)
	if !ok || !strings.HasPrefix(found.Chinese(), "第 3 行的日期「2027-01-32」有误") {
		t.Errorf("the fault reads %v", err)
	}
}

func TestFaultsRepeatLittleOfTheInput(t *testing.T) {
	_, err := ParseDate(strings.Repeat("长", 1000))
	found, ok := fault.Of(err)
	if !ok || !strings.HasPrefix(found.Chinese(), "「"+strings.Repeat("长", maxQuoted)+"…」不是") {
		t.Errorf("the fault reads %.200v", err)
	}
}

// What is written as lines is read back.
func TestLinesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := map[Date]Day{}
		for range rapid.IntRange(1, 30).Draw(t, "days") {
			d := randomDate(t)
			wanted[d] = Day{
				Date: d,
				Kind: rapid.SampledFrom([]Kind{Holiday, Workday}).Draw(t, "kind"),
				Name: rapid.SampledFrom([]string{"", "元旦", "国庆节 中秋"}).Draw(t, "name"),
			}
		}
		var text strings.Builder
		for _, day := range wanted {
			word := map[Kind]string{Holiday: "休", Workday: "班"}[day.Kind]
			fmt.Fprintln(&text, day.Date, word, day.Name)
		}
		days, err := ParseNotice([]byte(text.String()))
		if err != nil || len(days) != len(wanted) {
			t.Fatalf("%v from %s", err, &text)
		}
		for _, day := range days {
			if day != wanted[day.Date] {
				t.Fatalf("%+v, want %+v", day, wanted[day.Date])
			}
		}
	})
}

func FuzzParseNotice(f *testing.F) {
	for _, year := range []string{"2024", "2025", "2026"} {
		text, err := os.ReadFile("testdata/" + year + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(official2027))
	f.Add([]byte(`{"holidays":{"2027-01-01":"a,元旦,1"},"days":[{"date":"2027-01-02"}]}`))
	f.Add([]byte(`[{"date":"2027-01-01","kind":"holiday","name":"元旦"}]`))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nDTEND:20270103\nSUMMARY:休"))
	f.Add([]byte("2027-01-01~2027-01-03 休 元旦\n2027年1月9日 周六 班"))
	f.Fuzz(func(t *testing.T, input []byte) {
		days, err := ParseNotice(input)
		if err != nil {
			if _, ok := fault.Of(err); !ok || days != nil {
				t.Fatalf("%v comes with %d days", err, len(days))
			}
			return
		}
		if len(days) == 0 || len(days) > maxEntries {
			t.Fatalf("%d days", len(days))
		}
		for i, day := range days {
			if i > 0 && days[i-1].Date >= day.Date {
				t.Fatalf("%v follows %v", day.Date, days[i-1].Date)
			}
			if !inNotices(day.Date) || day.Kind != Holiday && day.Kind != Workday {
				t.Fatalf("%+v", day)
			}
		}
		New(days).Due(at(days[0].Date), 3, Office)
	})
}

func at(d Date) time.Time { return d.At(Office.Closes, shanghai) }
