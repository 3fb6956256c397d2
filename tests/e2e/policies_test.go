package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestPoliciesPage: every policy opens as a form in Chinese; a wrong part says so at its place; a right one
// is in force at once, on record, and can be put back.
func TestPoliciesPage(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.click(`.k-header a[href="#/policies"]`)
	p.see(".k-policies", "必填项")
	p.shot("policies")
	keys := js[[]string](p, `[...document.querySelectorAll(".k-policies [data-policy]")].map((one) => one.dataset.policy)`)
	if len(keys) < 20 {
		t.Errorf("only %d policies: %v", len(keys), keys)
	}
	for _, key := range keys {
		p.visit("#/policies/" + key)
		p.until(key+" is a form", `document.querySelector("form [data-policy=`+key+`] :is(input, select, textarea)")`)
		for _, text := range js[[]string](p, "JSON.parse("+texts+")") {
			if !codes.MatchString(text) && mostlyLatin(text) {
				t.Errorf("%s says %q", key, text)
			}
		}
		p.shot("policy-" + key)
	}
	p.visit("#/policies/signin")
	p.write(`[name="lockout.failures"]`, "1")
	p.excused = append(p.excused, "status of 400", "/collections/policies/records")
	p.click("button[name=save]")
	p.see(`[data-path="lockout.failures"] .k-said-bad`, "请填写3到10之间的数")
	p.shot("policy-wrong")
	p.write(`[name="lockout.failures"]`, "7")
	p.write("input[name=note]", "前台常有人输错")
	p.click("button[name=save]")
	p.see(".k-toasts", "立即生效")
	p.see("main", "修改历史")
	record, err := h.app.FindFirstRecordByData("policies", "key", "signin")
	must(t, err)
	if value := record.GetString("value"); !strings.Contains(value, `"failures":7`) {
		t.Errorf("stored %s", value)
	}
	js[bool](p, `(document.querySelector("a[href*='collection=policies']").click(), true)`)
	p.see(".k-table", "修改策略")
	p.visit("#/policies/signin")
	p.click("button[name=reset]")
	p.see("dialog", "恢复为默认值")
	p.click("dialog button[name=confirm]")
	p.until("the default is back", `document.querySelector('[name="lockout.failures"]').value === "5" &&
		!document.querySelector("dialog")`)
	p.settle()
	record, err = h.app.FindFirstRecordByData("policies", "key", "signin")
	must(t, err)
	if value := record.GetString("value"); !strings.Contains(value, `"failures":5`) {
		t.Errorf("after the default was put back there is %s", value)
	}
	p.clean()
}

// TestRequiredFieldsByName: what a stage asks for is chosen from the fields by their names, and several of which
// one is enough stand together.
func TestRequiredFieldsByName(t *testing.T) {
	h := openHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.visit("#/policies/required_fields")
	p.see("form [data-policy]", "任何阶段")
	js[bool](p, `(document.querySelectorAll("details").forEach((one) => { one.open = true }), true)`)
	p.see(`[data-path="enterprise.potential"]`, "企业规模")
	p.see(`[data-path="enterprise.always"]`, "联系人手机")
	if code := js[string](p, `document.querySelector("form").innerText.match(/[a-z]+[._|][a-z_]+/)?.[0] ?? ""`); code != "" {
		t.Errorf("the form says %s", code)
	}
	p.choose(`[name="individual.potential"]`, "gender")
	p.until("a line more", `document.querySelector('[data-path="individual.potential"] [data-field=gender]')`)
	p.choose(`[name="individual.potential.1"]`, "email")
	p.until("or another", `document.querySelector('[data-path="individual.potential"] [data-field=email]')`)
	p.click("button[name=save]")
	p.see(".k-toasts", "立即生效")
	record, err := h.app.FindFirstRecordByData("policies", "key", "required_fields")
	must(t, err)
	if value := record.GetString("value"); !strings.Contains(value, `"gender|email"`) {
		t.Errorf("stored %s", value)
	}
	p.clean()
}

// TestPolicyPreview: before a policy of classes is saved, it shows whom it would move; nothing moves.
func TestPolicyPreview(t *testing.T) {
	h := openHouse(t)
	id := h.save("customers", map[string]any{"kind": "enterprise", "name": "嘉兴分级仪器有限公司", "owner": h.staff("sales"),
		"landline": "021-62341234"})
	h.save("orders", map[string]any{"customer": id, "date": time.Now().Format(time.DateOnly), "amount": 8800,
		"state": "done"})
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.signIn("admin")
	p.visit("#/policies/tiers")
	p.see("[data-fold='1'] > summary", "重点：满足其一：价值等级为高、有采购的季度至少3（最近4个季度）、增长潜力为高")
	p.until("the rules are folded", `!document.querySelector("[name='1.name']").checkVisibility()`)
	p.shot("policy-tiers-folded")
	p.click("[data-fold='1'] > summary")
	p.until("a rule opens", `document.querySelector("[name='1.name']").checkVisibility()`)
	p.shot("policy-tiers-open")
	p.until("a condition has the controls of its input", `document.querySelector("[name='1.any.0.is']") &&
		!document.querySelector("[name='1.any.0.at_least'], [name='1.key']")`)
	p.until("and its words", `[...document.querySelectorAll("[name='1.any.0.is']")].map((one) => one.value).join() ===
		"high,medium,low"`)
	p.click("[data-fold='1.any.0'] > summary")
	p.choose("[name='1.any.0.input']", "quarters")
	p.until("another input has others", `document.querySelector("[name='1.any.0.of']")?.value === "4" &&
		document.querySelector("[name='1.any.0.at_least']") && !document.querySelector("[name='1.any.0.is']")`)
	p.click(`[data-remove="1"]`)
	p.click("button[name=preview]")
	p.see("dialog [data-preview]", "1 位")
	p.see("dialog li", "重点 → 普通")
	p.see("dialog .k-table", h.number(id))
	p.shot("policy-preview")
	p.press("关闭")
	record, err := h.app.FindRecordById("customers", id)
	must(t, err)
	if record.GetString("tier") != "key" {
		t.Errorf("the tier is %q", record.GetString("tier"))
	}
	p.addsRule(h)
	p.clean()
}

// addsRule: a rule is entered without a code of its own, which it is given.
func (p *tab) addsRule(h *house) {
	p.t.Helper()
	p.visit("#/policies")
	p.click("dialog [name=confirm]") // what was tried is not saved
	p.see(".k-policies", "分级规则")
	p.visit("#/policies/required_fields")
	p.see("[data-fold=enterprise] > summary", "手机或座机或邮箱")
	p.visit("#/policies/tiers")
	p.click(`[data-add=""]`)
	last := js[string](p, `String(document.querySelectorAll("[data-remove]:not([data-remove*='.'])").length - 1)`)
	p.choose("[name='"+last+".tier']", "strategic")
	p.write("[name='"+last+".name']", "行业标杆")
	p.click(`[data-add="` + last + `.all"]`)
	p.choose("[name='"+last+".all.0.input']", "influence")
	p.click("[name='" + last + ".all.0.is'][value=high]")
	p.click("button[name=save]")
	p.see(".k-toasts", "立即生效")
	record, err := h.app.FindFirstRecordByData("policies", "key", "tiers")
	must(p.t, err)
	if value := record.GetString("value"); !strings.Contains(value, `"key":"strategic_2"`) {
		p.t.Errorf("stored %s", value)
	}
}
