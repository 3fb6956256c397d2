package workday

import (
	"unicode/utf8"

	"kehu/internal/fault"
)

// The faults of dates, hours and notices. Place names a line or an entry of the notice.
var (
	ErrDate = fault.Define("calendar_date",
		"「{value}」不是日期，请按 2027-01-01 的格式填写",
		"“{value}” is not a date; write it like 2027-01-01")
	ErrHours = fault.Define("calendar_hours",
		"营业时间「{opens}」至「{closes}」有误，请按 09:00、18:00 的格式填写，下班晚于上班",
		"Business hours “{opens}” to “{closes}” do not fit; write 09:00 and 18:00, closing later")
	ErrTooLarge = fault.Define("calendar_too_large",
		"放假安排超过 1 MB 或 5000 天，请只导入需要的年份",
		"The notice exceeds 1 MB or 5000 days; import only the years you need")
	ErrNotText = fault.Define("calendar_not_text",
		"文件不是 UTF-8 文本，请另存为 UTF-8 编码后再导入",
		"The file is not UTF-8 text; save it as UTF-8 and import it again")
	ErrJSON = fault.Define("calendar_json",
		"JSON 无法识别，请使用含 holidays 和 workdays、含 days，或由 date、kind 组成的列表",
		"The JSON is not understood; use holidays and workdays, days, or a list of date and kind")
	ErrICS = fault.Define("calendar_ics",
		"日历文件{place}无法识别，请重新导出 .ics 文件",
		"The calendar file is not understood at {place}; export the .ics file again")
	ErrNoDays = fault.Define("calendar_no_days",
		"没有找到放假或调休的日期，请粘贴通知全文，或每行写一天：2027-01-01 休 元旦",
		"No holidays or make-up days found; paste the whole notice or lines: 2027-01-01 休 元旦")
	ErrEntryDate = fault.Define("calendar_entry_date",
		"{place}的日期「{value}」有误，请改为 2000 至 2100 年间真实存在的日期，如 2027-01-01",
		"The date “{value}” at {place} is wrong; use a real date from 2000 to 2100: 2027-01-01")
	ErrEntryKind = fault.Define("calendar_entry_kind",
		"{place}没有说明是放假还是上班，请写明「休」或「班」",
		"Whether {place} is a day off or a day worked is not said; write 休 or 班")
	ErrEntryRange = fault.Define("calendar_entry_range",
		"{place}的起止日期有误，请先写开始、后写结束，且不超过 31 天",
		"The range at {place} is wrong; put the first day first, with at most 31 days")
	ErrEntryName = fault.Define("calendar_entry_name",
		"{place}的名称过长，请缩短到 60 个字以内",
		"The name at {place} is too long; keep it within 60 characters")
	ErrConflict = fault.Define("calendar_conflict",
		"{date} 既放假又上班，请只保留一种",
		"{date} is both a day off and a day worked; keep one of them")
	ErrWeekday = fault.Define("calendar_weekday",
		"{date} 是{actual}，不是{written}，请核对年份和日期",
		"{date} is {actual}, not {written}; check the year and the date")
	ErrWeekdayWorked = fault.Define("calendar_weekday_worked",
		"{date} 是{actual}，本来就上班，请核对通知原文",
		"{date} is {actual}, worked anyway; check the text of the notice")
	ErrCount = fault.Define("calendar_count",
		"{place}写明共 {written} 天，按日期却是 {actual} 天，请核对通知原文",
		"{place} says {written} days, its dates give {actual}; check the text of the notice")
	ErrYear = fault.Define("calendar_year",
		"{date} 不属于 {year} 年的放假安排，请核对通知原文",
		"{date} does not belong to the notice for {year}; check the text of the notice")
	ErrIncomplete = fault.Define("calendar_incomplete",
		"通知不完整，缺少 {missing}，请粘贴 {year} 年通知的全文",
		"The notice lacks {missing}; paste the whole notice for {year}")

	WarnProvisional = fault.Define("calendar_provisional",
		"{year} 年的放假安排尚未导入，暂按法定节假日推算，导入国务院办公厅通知后会更新",
		"The notice for {year} is not imported; statutory days are used until it is")
	WarnNoticeMissing = fault.Define("calendar_notice_missing",
		"请导入 {year} 年的放假安排：在工作日历粘贴国务院办公厅通知全文，或导入 JSON、ICS 文件",
		"Import the notice for {year}: paste it into the work calendar, or a JSON or ICS file")
)

// maxQuoted bounds what a fault repeats of the input, in characters.
const maxQuoted = 40

// clip shortens what a fault repeats.
func clip(text string) string {
	if utf8.RuneCountInString(text) <= maxQuoted {
		return text
	}
	return string([]rune(text)[:maxQuoted]) + "…"
}
