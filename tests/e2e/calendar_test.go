package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCalendarPage: a year's notice is pasted as it was published; what is none says why in place.
func TestCalendarPage(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.visit("#/policies")
	p.click(`.k-policies a[href="#/calendar"]`)
	p.see("h1", "工作日历")
	p.write("textarea[name=notice]", "今年放三天")
	p.click("button[name=store]")
	p.see("#notice-said.k-said-bad", "没有找到放假或调休的日期")
	p.excused = append(p.excused, "/calendar/notices", "status of 400")
	notice, err := os.ReadFile(filepath.Join("..", "..", "internal", "workday", "testdata", "2026.txt"))
	must(t, err)
	js[bool](p, `((one) => { one.value = %s; return one.dispatchEvent(new Event("input", {bubbles: true})) })(
		document.querySelector("textarea[name=notice]"))`, string(notice))
	p.click("button[name=store]")
	p.see(".k-toasts", "已导入")
	p.until("the holidays of the year", `/\d{4}-10-01/.test(document.querySelector(".k-table").innerText) &&
		document.querySelector(".k-table").innerText.includes("国庆节")`)
	p.clean()
}
