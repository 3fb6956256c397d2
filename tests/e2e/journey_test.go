package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pocketbase/pocketbase/core"
	"github.com/xuri/excelize/v2"
)

// messy is a workbook as people have it: a title above the header, own words for the columns, and
// rows with every kind of trouble.
func messy(t *testing.T) string {
	t.Helper()
	rows := [][]any{
		{"华东区客户登记表（内部）"},
		{"公司名称★", "信用代码", "联系人姓名", "电话", "邮箱地址", "办公地址", "所属行业", "来源", "成立时间", "内部评分"},
		{"上海澄岚仪器有限公司", "91440300708461136T", "赵启航", "１３９ １２８４ ５０７８", "zhao@chenglan.cn",
			"上海市浦东新区祖冲之路887弄", "专用设备制造业", "展会", "2016/3/18", "8"},
		{"苏州晴川软件有限公司", "", "钱多", "13706281234", "qian@qingchuan.cn", "江苏苏州工业园区星湖街328号",
			"软件和信息技术服务业", "老客户介绍", "2019年5月1日", "9"},
		{"杭州远山贸易有限公司", "91440300708461136U", "孙一", "13607351234", "sun@yuanshan", "杭州西湖区文三路90号",
			"批发业", "官网", "2020.2.30", "7"},
		{"南京梅岭科技有限公司", "", "李静", "1380013", "", "南京市玄武区珠江路1号", "软件业", "公众号", "", "5"},
		{"上海澄岚仪器有限公司", "91440300708461136T", "赵启航", "13912845078", "zhao@chenglan.cn",
			"上海市浦东新区祖冲之路887弄", "专用设备制造业", "展会", "2016-03-18", "8"},
	}
	f := excelize.NewFile()
	defer f.Close()
	must(t, f.SetSheetName("Sheet1", "客户"))
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		must(t, err)
		must(t, f.SetSheetRow("客户", cell, &row))
	}
	path := filepath.Join(t.TempDir(), "华东客户.xlsx")
	must(t, f.SaveAs(path))
	return path
}

// TestImportJourney: a messy workbook in, its errors out, a row mended, the import taken back.
func TestImportJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.see(".k-signin", "登录")
	p.shot("signin")
	p.signIn("admin")
	p.click(`.k-header a[href="#/import"]`)
	p.see(".k-drop", "把表格拖到这里")
	p.shot("import-empty")
	p.do(chromedp.SetUploadFiles(chromedp.CSS("input[name=workbook]"), []string{messy(t)}))

	p.see(".k-mapping", "公司名称★")
	p.until("the name column is known", `document.querySelector("[name=column_1]").value === "name"`)
	p.until("one column is not known", `document.querySelector("[name=column_10]").value === ""`)
	p.until("wrong cells are red", `document.querySelectorAll(".k-sheet td.k-bad").length >= 3`)
	p.see(".k-findings", "统一社会信用代码校验不通过")
	p.shot("import-preview")
	js[bool](p, `(document.querySelector(".k-sheet").scrollIntoView(), true)`)
	p.shot("import-sheet")
	js[bool](p, `(document.querySelector(".k-sheet td.k-bad").focus(), true)`)
	p.see(".k-reason", "B5：统一社会信用代码")
	p.choose("[name=column_10]", "service_level")
	p.until("the choice was taken", `document.querySelector("[name=column_10]").value === "service_level" &&
		!document.querySelector("[name=start]").disabled`)
	p.choose("[name=column_10]", "")
	p.until("and taken back", `document.querySelector("[name=column_10]").value === "" &&
		!document.querySelector("button[name=dry_run]").disabled`)

	p.click("button[name=dry_run]")
	p.see("[data-result=done]", "试运行完成")
	p.shot("import-dry")
	p.click("button[name=in_earnest]")
	p.see("[data-result=done]", "已完成")
	p.see("[name=outcome_failed]", "2")
	p.see("[name=outcome_duplicate]", "1")
	p.see("[data-rows=failed] td", "杭州远山贸易有限公司")
	p.shot("import-result")

	p.click("button[name=errors]")
	if content, err := os.ReadFile(p.download("华东客户-错误.xlsx")); err != nil || len(content) < 1000 {
		t.Errorf("error workbook: %d bytes, %v", len(content), err)
	}
	mendRow(p)
	undo(p)
	p.click(`a[href="#/import"].k-plain`)
	p.see(".k-table", "已撤销")
	p.shot("import-past")
	p.clean()
}

// upload chooses a file with that content on the page of imports.
func (p *tab) upload(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), name)
	must(p.t, os.WriteFile(path, []byte(content), 0o600))
	p.see(".k-drop", "把表格拖到这里")
	p.do(chromedp.SetUploadFiles(chromedp.CSS("input[name=workbook]"), []string{path}))
}

// mendRow mends the phone of the row that lacks digits.
func mendRow(p *tab) {
	p.t.Helper()
	p.click(`[name=outcome_failed]`)
	p.see("[data-rows=failed]", "南京梅岭科技有限公司")
	p.until("the row's button", `((row) => row && (row.querySelector("button").click(), true))(
		[...document.querySelectorAll("[data-rows=failed] tbody tr")].find(
		(row) => row.innerText.includes("南京梅岭")))`)
	p.see("dialog", "修改第 6 行")
	p.shot("import-mend")
	p.write("dialog input[name=cell_4]", "13800138")
	p.press("导入此行")
	p.until("the reason changes", `document.querySelector("dialog [name=cell_4]").matches("[aria-invalid]")`)
	p.write("dialog input[name=cell_4]", "13507391234")
	p.press("导入此行")
	p.see(".k-toast", "第 6 行")
	p.see("[name=outcome_failed]", "1")
}

func undo(p *tab) {
	p.t.Helper()
	p.click("button[name=undo]")
	p.see("dialog", "撤销「华东客户.xlsx」的导入")
	p.shot("import-undo")
	p.press("撤销导入")
	p.see("[data-result=undone]", "已撤销")
	p.shot("import-undone")
}

// TestCustomerJourney: a customer with an error at its field, mended, saved, found and opened.
func TestCustomerJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司", "stage": "intent",
		"mobile": "13706289915"})
	h.save("customers", map[string]any{"kind": "individual", "name": "陈一诺", "mobile": "15028345671"})
	p.signIn("sales")
	p.see(".k-empty", "还没有客户")
	p.press("新建客户")
	p.write("[data-field=name] input", "上海澄岚仪器有限公司")
	p.write("[data-field=uscc] input", "91440300708461136U")
	p.write("[data-field=mobile] input", "1391234")
	p.write("[data-field=business_address] input", "上海浦东祖冲之路887弄")
	p.see("[data-field=uscc] .k-said-bad", "校验不通过")
	p.see("[data-field=mobile] .k-said-bad", "手机")
	p.shot("customer-errors")
	p.write("[data-field=uscc] input", "9144 0300 ７08461136t")
	p.see("[data-field=uscc] .k-said-good", "将保存为 91440300708461136T")
	p.write("[data-field=mobile] input", "13706289915")
	p.see(".k-duplicates", "可能与已有客户重复")
	p.shot("customer-duplicate")
	p.write("[data-field=mobile] input", "139 1284 5078")
	p.until("no duplicate any more", `!document.querySelector(".k-duplicates")`)
	p.choose("[data-field=stage] select", "intent")
	p.write(`fieldset:last-child [data-field=name] input`, "赵启航")
	p.press("保存")
	p.see("h1", "上海澄岚仪器有限公司")
	p.see("[data-collection=contacts]", "赵启航")
	p.see(".k-facts", "上海市浦东新区")
	p.shot("customer")
	addFollowup(p)
	edit(p)
	search(p)
	p.clean()
}

func addFollowup(p *tab) {
	p.t.Helper()
	p.click("[data-collection=followups] .k-plain")
	p.see("dialog", "添加跟进记录")
	p.choose("dialog [data-field=method] select", "visit")
	p.write("dialog [data-field=summary] textarea", "现场看了样机，下周报价")
	p.shot("followup")
	p.press("保存")
	p.see("[data-collection=followups] td", "现场看了样机")
}

func edit(p *tab) {
	p.t.Helper()
	p.press("编辑")
	p.write("[data-field=name] input", "")
	p.press("保存")
	p.see("[data-field=name] .k-said-bad", "请填写")
	p.write("[data-field=name] input", "上海澄岚精密仪器有限公司")
	p.press("保存")
	p.see("h1", "上海澄岚精密仪器有限公司")
}

// search finds by two characters, by pinyin initials and by the end of a phone number.
func search(p *tab) {
	p.t.Helper()
	p.click(`a[href="#/customers"].k-plain`)
	p.see(".k-table", "上海澄岚精密仪器有限公司")
	p.shot("customers")
	for typed, matched := range map[string]string{"澄岚": "客户名称", "clyq": "", "5078": "手机", "赵启": "联系人"} {
		p.write("input[type=search]", typed)
		if matched == "" {
			p.see(".k-empty", "没有找到")
			continue
		}
		p.see(".k-table td", matched)
		p.see(".k-table td", "上海澄岚精密仪器有限公司")
	}
	p.write("input[type=search]", "澄岚")
	p.see(".k-table mark", "澄岚")
	p.shot("search")
	p.do(chromedp.KeyEvent(kb.ArrowDown)) // into the rows
	p.until("a row's link has the focus", `document.activeElement.matches(".k-table a")`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.see("h1", "上海澄岚精密仪器有限公司")
}

// TestManagerJourney: the template, a file that is none, a CSV in, its duplicate decided, the list
// filtered and exported; a reload keeps the sign-in.
func TestManagerJourney(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司",
		"mobile": "13706289915", "stage": "potential"})
	p.signIn("manager")
	p.do(chromedp.Navigate(h.url + "/#/import"))
	p.press("下载模板")
	p.download("客户导入模板.xlsx")
	p.upload("说明.csv", "这里没有表头\n只有几句话\n")
	p.see("[data-result=failed]", "没有认出表头")
	p.shot("import-failed")
	p.press("导入其他文件")
	p.upload("华东.csv", "客户名称,手机,合作阶段\n无锡惠山电器有限公司,13706289915,意向\n"+
		"常州天宁纺织有限公司,13907351286,成交\n")
	p.see(".k-sheet", "无锡惠山电器有限公司")
	p.press("开始导入")
	p.see("[data-result=done]", "已完成")
	p.click("[name=outcome_duplicate]")
	p.see("[data-rows=duplicate]", "手机号与已有客户")
	p.press("修改")
	p.click("dialog input[value=create]")
	p.press("导入此行")
	p.see("dialog .k-said-bad", "理由至少4个字")
	p.write("dialog input[name=reason]", "同一集团的两家公司")
	p.shot("import-decide")
	p.press("导入此行")
	p.see(".k-toast", "第 2 行：新建")
	p.press("导入其他文件")
	p.see(".k-table", "华东.csv")

	p.do(chromedp.Navigate(h.url+"/#/customers"), chromedp.Reload())
	p.see(".k-table", "无锡惠山电器有限公司")
	p.see(".k-bar", "共 2 位")
	p.choose("select[name=stage]", "won")
	p.until("the list is filtered", `!document.body.innerText.includes("无锡惠山电器有限公司") &&
		document.body.innerText.includes("常州天宁纺织有限公司")`)
	p.click("button[name=export]")
	p.write("dialog textarea", "季度")
	p.press("导出")
	p.see("dialog .k-said-bad", "理由至少4个字")
	p.write("dialog textarea", "季度回访名单")
	p.shot("export")
	p.press("导出")
	p.see(".k-toast", "已导出 1 行")
	p.download(".xlsx")
	p.clean()
}

// TestSensitiveNumber: the system's owner enters a certificate number, which needs a consent and is
// seen as a mask ever after.
func TestSensitiveNumber(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	h.save(core.CollectionNameSuperusers, map[string]any{"email": "owner@example.com"})
	p.excused = append(p.excused, "400") // staff is asked first
	p.signIn("owner")
	p.see(".k-role", "系统所有者")
	p.press("新建客户")
	p.choose("[data-field=kind] select", "individual")
	p.write("[data-field=name] input", "陈一诺")
	p.write("[data-field=mobile] input", "15028345671")
	p.write("[data-field=cert_no] input", "11010519491231002X")
	p.do(chromedp.Blur(chromedp.CSS("[data-field=cert_no] input")))
	p.see("[data-field=cert_no] .k-said-bad", "授权")
	p.click("[data-field=cert_no] input[value=sensitive_id]")
	p.until("consent is enough", `!document.querySelector("[data-field=cert_no] .k-said-bad")`)
	p.shot("consent")
	p.press("保存")
	p.see("h1", "陈一诺")
	p.see(".k-facts", "110105********002X")
	p.clean()
}

// inView tells whether the current section of the navigation, if it is one, lies within it; tooLow lists
// what a thumb would miss.
const (
	inView = `((nav, one) => { if (!one) return true; const a = nav.getBoundingClientRect()
		const b = one.getBoundingClientRect(); return b.left >= a.left - 1 && b.right <= a.right + 1 })(
		...((nav) => [nav, nav.querySelector("[aria-current], .active")])(document.querySelector(%s)))`
	tooLow = `[...document.querySelectorAll(%s)].filter((one) => one.checkVisibility() &&
		one.getBoundingClientRect().height < 40).map((one) => one.className + one.innerText)`
)

// TestPagesFitAPhone: no page is wider than a phone; what is, such as a table, moves by itself.
func TestPagesFitAPhone(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司", "mobile": "13706289915"})
	p.size(390, 844)
	p.signIn("admin")
	p.see(".k-table", "宁波海潮机械有限公司")
	pages := js[[]string](p, `[...document.querySelectorAll(".k-header nav a")].map((a) => a.getAttribute("href"))`)
	if len(pages) < 8 {
		t.Errorf("only %q are offered", pages)
	}
	for _, page := range append(pages, "#/customers/"+id, "#/customers/new", "#/account") {
		p.do(chromedp.Navigate(h.url + "/" + page))
		p.until(page+" is there", `document.querySelector("h1")?.innerText`)
		p.settle()
		if wide := js[int](p, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("%s is %d px wide on a phone of 390", page, wide)
		}
		p.until(page+" is seen in the navigation", inView, ".k-header nav")
		if low := js[[]string](p, tooLow, ".k-header nav a, .k-who > *"); len(low) > 0 {
			t.Errorf("%s: too low for a thumb: %q", page, low)
		}
	}
	p.clean()
}

// TestRolesAndLanguage: what a role does not read is not on its page, and English is one click away.
func TestRolesAndLanguage(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	h.save("customers", map[string]any{"kind": "enterprise", "name": "宁波海潮机械有限公司",
		"mobile": "13706289915"})
	id := h.save("customers", map[string]any{"kind": "individual", "name": "陈一诺",
		"mobile": "15028345671"})
	p.signIn("service")
	p.see(".k-table", "宁波海潮机械有限公司")
	p.do(chromedp.Navigate(h.url + "/#/customers/" + id))
	p.see(".k-title", "负责人")
	text := js[string](p, "document.body.innerText")
	if strings.Contains(text, "15028345671") || strings.Contains(text, "陈一诺") {
		t.Errorf("customer service reads a person's contact data: %s", text)
	}
	if strings.Contains(js[string](p, `document.querySelector("nav").innerText`), "导入") {
		t.Error("customer service is offered the import")
	}
	p.shot("customer-service")
	p.press("EN")
	p.see("nav", "Customers")
	p.see(".k-title", "Owner")
	p.shot("customer-english")
	p.do(chromedp.Navigate(h.url + "/#/customers/new"))
	p.see("h1", "New customer")
	if left := js[[]string](p, `[...document.querySelectorAll("label, legend, .k-said, option, button, h1, a")]
		.filter((one) => !one.closest("[data-field=tags] .k-ticks, [data-field=owner] select, .k-lang, .k-name"))
		.map((one) => one.innerText).filter((text) => /\p{Script=Han}/u.test(text))`); len(left) > 0 {
		t.Errorf("Chinese left in the English form: %q", left)
	}
	p.click("button[aria-label='Sign out']")
	p.see(".k-signin", "Sign in")
	p.write("#email", "admin@example.com")
	p.write("#password", "wrong-password")
	p.excused = append(p.excused, "400")
	p.press("Sign in")
	p.see(".k-said-bad", "Wrong e-mail or password")
	p.clean()
}
