// Package watch names what may be wrong with a running register, and how much it weighs.
package watch

import "slices"

// Condition is one thing that may be wrong.
type Condition struct {
	Code   string
	Urgent bool   // work or data are in danger now
	zh, en string // what is wrong and what to do
}

// conditions in the order of their weight.
var conditions = []Condition{
	{"database", true, "数据库不能读取，请查看日志并联系管理员", "The database cannot be read: look at the log"},
	{"disk_low", true, "磁盘空间不足，请尽快清理或扩容", "The disk is nearly full: make room"},
	{"no_backup", true, "最近两天没有备份，请在「备份」页立即备份，并检查备份的存放处",
		"No backup within two days: make one on the page of backups, and look at its places"},
	{"backup_failed", true, "最近一次备份失败，请查看备份页面上的原因", "The last backup failed: see why on the page of backups"},
	{"drill_failed", true, "最近一次恢复演练失败，请立即检查备份", "The last drill failed: look after the backups now"},
	{"job_failed", true, "有定时任务失败，请查看任务记录", "A job failed: see the book of jobs"},
	{"backup_partial", false, "最近一次备份不完整：有位置失败或缺少附件", "The last backup lacks a place or a stored file"},
	{"restore_unproven", false, "长时间没有证明备份可以恢复", "No restore was proven lately"},
	{"no_drill", false, "没有自动演练，请定期执行 kehu backup drill --identity",
		"There is no scheduled drill: run kehu backup drill --identity from time to time"},
	{"recovery_key_on_machine", false, "恢复密钥还在本机，请抄到纸上后执行 kehu backup recovery done",
		"The recovery identity is still on this machine: copy it to paper, then run kehu backup recovery done"},
	{"calendar_missing", false, "缺少下一年度的放假通知，请在日历页面导入",
		"The notice of holidays of the coming year is missing: import it on the calendar page"},
}

// Codes lists every condition, the weightiest first.
func Codes() []string {
	codes := make([]string, len(conditions))
	for i, c := range conditions {
		codes[i] = c.Code
	}
	return codes
}

func find(code string) (Condition, bool) {
	i := slices.IndexFunc(conditions, func(c Condition) bool { return c.Code == code })
	if i < 0 {
		return Condition{}, false
	}
	return conditions[i], true
}

// Text is a condition in words, in Chinese or, for "en", in English.
func Text(code, language string) string {
	c, _ := find(code)
	if language == "en" {
		return c.en
	}
	return c.zh
}

// Both is a condition in both languages.
func Both(code string) string { return Text(code, "zh") + " / " + Text(code, "en") }

// Order puts codes into the order of their weight, each once; those that are not known are left out.
func Order(codes []string) []string {
	ordered := []string{}
	for _, c := range conditions {
		if slices.Contains(codes, c.Code) {
			ordered = append(ordered, c.Code)
		}
	}
	return ordered
}

// Verdicts on a register as a whole.
const (
	Good      = "good"
	Attention = "attention" // something asks for it, nothing is in danger
	Bad       = "bad"
)

// Verdict is the worst of the conditions.
func Verdict(codes []string) string {
	verdict := Good
	for _, code := range codes {
		c, known := find(code)
		switch {
		case known && c.Urgent:
			return Bad
		case known:
			verdict = Attention
		}
	}
	return verdict
}
