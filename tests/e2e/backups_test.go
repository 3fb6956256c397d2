package e2e

import (
	"os"
	"strings"
	"testing"
)

// TestBackupsPage: a backup is made, verified, proven by a drill and downloaded, each after a question.
func TestBackupsPage(t *testing.T) {
	h := openHouse(t)
	h.company(h.staff("sales"), "嘉兴备份仪器有限公司")
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.click(`.k-header a[href="#/backups"]`)
	p.see("main", "还没有备份")
	p.see("[data-backup-state]", "尚无")
	p.click("button[name=make]")
	p.see("dialog", "完整备份")
	p.click("dialog button[name=confirm]")
	p.see(".k-toasts", "备份已完成")
	p.see(".k-table", "手工")
	p.see(".k-table", "本机")
	for _, act := range [][2]string{{"verify", "副本全部完好"}, {"drill", "可恢复 1 位客户"}} {
		p.click("[data-act=" + act[0] + "]")
		p.see("dialog", "kehu-")
		p.shot("backup-" + act[0])
		p.click("dialog button[name=confirm]")
		p.see(".k-toasts", act[1])
		p.until("the dialog is gone", `!document.querySelector("dialog")`)
	}
	p.see("[data-backup-state]", "用时")
	p.shot("backups")
	p.click("[data-act=download]")
	p.see("dialog", "记入审计日志")
	p.click("dialog button[name=confirm]")
	content, err := os.ReadFile(p.download(".age"))
	if err != nil || !strings.HasPrefix(string(content), "age-encryption.org") {
		t.Errorf("what came is no encrypted file: %d bytes, %v", len(content), err)
	}
	p.until("the dialog is gone", `!document.querySelector("dialog")`)
	p.click("button[name=clear]")
	p.see(".k-toasts", "没有过期的备份")
	p.clean()
}

// TestOwnerBacksUpInTheAdminUI: the owner of the system makes a backup in the admin UI, verifies it and has
// it restored on trial; the audit log tells of it and holds.
func TestOwnerBacksUpInTheAdminUI(t *testing.T) {
	h := openHouse(t)
	h.company(h.staff("sales"), "嘉兴备份仪器有限公司")
	p := h.adminTab("owner")
	if p == nil {
		return
	}
	p.opens("backups", "还没有备份")
	p.click("button[name=make]")
	p.click("dialog button[name=confirm]")
	p.see(".kehu-page .k-table", "手工")
	for _, act := range [][2]string{{"verify", "副本全部完好"}, {"drill", "可恢复 1 位客户"}} {
		p.click("[data-act=" + act[0] + "]")
		p.click("dialog button[name=confirm]")
		p.see(".k-toasts", act[1])
		p.until("the dialog is gone", `!document.querySelector("dialog")`)
	}
	p.see("[data-backup-state]", "用时")
	p.shot("admin-backups")
	p.opens("audit", "审计")
	p.see(".k-table", "恢复演练")
	p.see(".k-table", "校验备份")
	p.click("button[name=verify]")
	p.see("[data-verdict=good]", "日志完整")
	p.shot("admin-audit")
	p.clean()
}
