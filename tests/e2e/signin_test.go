package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// TestSetUpJourney: the one-time link of a new register, its first administrator, a second factor set
// up and asked for, a member's link.
func TestSetUpJourney(t *testing.T) {
	h := openEmptyHouse(t)
	p := openTab(t, h.url)
	if p == nil {
		return
	}
	p.see(".k-signin", "登录")
	js[bool](p, "(location.hash = %s, true)", "#/setup/"+setupCode)
	p.see(".k-signin", "首次设置")
	p.until("the code came with the link", `document.querySelector("#code")?.value === %s`, setupCode)
	p.write("#company", "澄岚仪器")
	p.write("#name", "沈数据")
	p.write("#email", "admin@example.com")
	p.write("#password", "123456789012")
	p.shot("setup")
	p.excused = append(p.excused, "/api/kehu/setup", "400 (Bad Request)")
	p.press("完成设置")
	p.see(".k-signin [role=alert]", "太容易猜到")
	p.write("#password", password)
	p.press("完成设置")
	p.see(".k-next", "root.key")
	p.shot("setup-done")
	p.press("登录")
	p.signIn("admin")

	p.click(`.k-header a[href="#/account"]`)
	p.see("[data-part=factor]", "未开启")
	p.write("[data-part=factor] input[name=password]", password)
	p.click("[data-part=factor] button.k-primary")
	p.until("the QR code is drawn", `document.querySelector(".k-secret img")?.naturalWidth > 100`)
	secret := strings.ReplaceAll(js[string](p, `document.querySelector(".k-secret code").innerText`), " ", "")
	p.shot("factor")
	p.write("[data-part=factor] input[name=code]", codeNow(t, secret))
	p.click("[data-part=factor] button.k-primary")
	p.see(".k-codes", "-")
	recovery := js[string](p, `document.querySelector(".k-codes code").innerText`)
	p.press("已保存好，继续")
	p.see("[data-part=factor]", "剩余恢复码 10 个")
	p.shot("account")
	p.excused = append(p.excused, "/api/kehu/signin", "401 (Unauthorized)", "429 (Too Many Requests)")
	p.press("退出所有设备")

	p.see(".k-signin", "登录")
	p.write("#email", "admin@example.com")
	p.write("#password", password)
	p.press("登录")
	p.see(".k-signin", "验证码")
	p.shot("signin-factor")
	p.write("#code", "000000")
	p.press("确认")
	p.see(".k-signin [role=alert]", "验证码不正确")
	p.write("#code", recovery)
	p.press("确认")
	p.see(".k-header", "客户登记")

	p.click(`.k-header a[href="#/staff"]`)
	p.click("button[name=department_new]")
	p.write("dialog input[name=name]", "华东销售部")
	p.click("dialog button[name=save]")
	p.see(".k-toasts", "已保存")
	p.click("button[name=staff_new]")
	p.write("dialog input[name=email]", "sales@example")
	p.excused = append(p.excused, "/collections/staff/records", "status of 400")
	p.click("dialog button[name=save]")
	p.see("dialog .k-said-bad", "请填写姓名")
	p.see("dialog .k-said-bad", "邮箱格式不对")
	p.write("dialog input[name=name]", "周销售")
	p.write("dialog input[name=email]", "sales@example.com")
	p.until("the department can be chosen", `(() => { const s = document.querySelector("dialog select[name=department]")
		s.value = s.options[1].value; return s.dispatchEvent(new Event("input", { bubbles: true })) })()`)
	p.click("dialog button[name=save]")
	p.see("td", "华东销售部")
	p.click(`tr:has([data-member="周销售"]) button`)
	p.see("dialog", "24小时内有效")
	link := js[string](p, `document.querySelector("dialog .k-link").value`)
	p.shot("staff-link")
	p.press("关闭")
	js[bool](p, "(location.hash = %s, true)", link[strings.Index(link, "#"):])
	p.see(".k-signin", "周销售，您好")
	p.shot("link")
	p.write("#password", "岭上晴云披絮帽，树头初日挂铜钲")
	p.press("保存")
	p.see(".k-signin", "密码已设置")
	p.press("登录")
	p.write("#email", "sales@example.com")
	p.write("#password", "岭上晴云披絮帽，树头初日挂铜钲")
	p.press("登录")
	p.see(".k-header", "周销售")
	p.clean()
}

func codeNow(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	must(t, err)
	return code
}
