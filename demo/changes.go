package demo

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// set writes one of the texts into a cell, each in its turn.
func set(key string, texts ...string) func(*sheetMaker, *line) {
	return func(m *sheetMaker, l *line) { l.cells[key] = inTurn(m, texts...) }
}

// inTurn gives one of a list after the other; the first names the list.
func inTurn[T comparable](m *sheetMaker, list ...T) T {
	m.turns[list[0]]++
	return list[(m.turns[list[0]]-1)%len(list)]
}

func without(keys ...string) func(*sheetMaker, *line) {
	return func(_ *sheetMaker, l *line) {
		for _, key := range keys {
			delete(l.cells, key)
		}
	}
}

// asNumber is what a spreadsheet makes of digits that are typed into a cell of no format.
func asNumber(digits string) float64 {
	n, _ := strconv.ParseFloat(digits, 64)
	return n
}

func fullWidthPhone(m *sheetMaker, l *line) {
	l.cells["mobile"] = strings.Map(func(r rune) rune { return r - '0' + '０' }, m.mobile())
}

func dressedPhone(m *sheetMaker, l *line) {
	n := m.mobile()
	dress := inTurn(m, "%s %s %s", "%s-%s-%s", "+86 %s%s%s", "（+86）%s%s%s", "0086%s%s%s", "%s%s%s ")
	l.cells["mobile"] = fmt.Sprintf(dress, n[:3], n[3:7], n[7:])
}

func maskedPhone(m *sheetMaker, l *line) {
	n := m.mobile()
	without("contact_mobile", "landline", "email")(m, l)
	l.cells["mobile"] = n[:3] + "****" + n[7:]
}

func landlineAsMobile(m *sheetMaker, l *line) {
	m.phone++
	delete(l.cells, "landline")
	l.cells["mobile"] = landlineNumber(placesOfCustomers[0], m.phone)
}

// areaColumn: the area code stands apart; as a number it has lost its 0.
func areaColumn(m *sheetMaker, l *line) {
	m.phone++
	p := placesOfCustomers[m.phone%10]
	l.cells["landline"] = localNumber(p, m.phone)
	l.cells["area"] = p.area
	if inTurn(m, "area as text", "area as number") == "area as number" {
		l.cells["area"] = asNumber(p.area)
	}
}

func bareSerial(_ *sheetMaker, l *line) {
	days, _ := l.cells["founded"].(daySerial)
	l.cells["founded"] = float64(days)
}

func textDate(m *sheetMaker, l *line) {
	layout := inTurn(m, "2006/1/2", "2006.1.2", "2006年1月2日", "20060102")
	l.cells["founded"] = dayOf(l.cells["founded"], layout)
}

func (m *sheetMaker) digital() string {
	m.code++
	return digitalCreditCode(placesOfCustomers[0].code, 20*m.code)
}

func wrongCheck(_ *sheetMaker, l *line) {
	code := l.cells["uscc"].(string)
	at := (strings.IndexByte(creditAlphabet, code[17]) + 1) % len(creditAlphabet)
	l.cells["uscc"] = code[:17] + string(creditAlphabet[at])
}

func lookalike(_ *sheetMaker, l *line) {
	code := l.cells["uscc"].(string) // 91…DEM00123…
	l.cells["uscc"] = code[:8] + strings.Replace(code[8:], "0", "O", 1)
}

// unasked is a person whose certificate number nobody agreed to keep: the person is kept, the
// number is not.
func unasked(m *sheetMaker) []*line {
	l := m.someone()
	m.paper++
	l.cells["cert"] = residentNumber(placesOfCustomers[0].code, m.paper, true)
	return []*line{l}
}

func cutCertificate(m *sheetMaker) []*line {
	l := m.someone()
	m.paper++
	number := residentNumber(placesOfCustomers[0].code, m.paper, true)
	l.cells["cert"] = asNumber(number[:15] + "000")
	return []*line{l}
}

func certificateInText(m *sheetMaker, l *line) {
	m.paper++
	number := residentNumber(placesOfCustomers[0].code, m.paper, false)
	if key := inTurn(m, "note", "fax"); key == "fax" {
		l.cells[key] = number
		return
	}
	l.cells["note"] = "经办人证件 " + number + "，已核对"
}

func untidyName(m *sheetMaker, l *line) {
	name := l.cells["name"].(string)
	form := inTurn(m, "(集团)%s", "  %s", "（ＡＢ） %s", "%s \u200b")
	cut := strings.LastIndex(name, "公司")
	l.cells["name"] = "　" + name[:cut] + fmt.Sprintf(form, name[cut:])
}

func honorific(m *sheetMaker, l *line) {
	l.cells["contact"] = l.cells["contact"].(string) + inTurn(m, "先生", "女士")
}

func mergedCompany(m *sheetMaker) []*line {
	first := m.firm()
	first.outcome = "created"
	block := []*line{first}
	for range 2 {
		block = append(block, &line{merged: true, outcome: "updated", cells: map[string]any{
			"contact": m.inventor.person(), "title": pick(m.Rand, jobTitles),
			"contact_mobile": m.mobile()}})
	}
	return block
}

func secondContact(m *sheetMaker, l *line) {
	l.cells["contact2"], l.cells["contact2_mobile"] = m.inventor.person(), m.mobile()
}

func oldTotals(m *sheetMaker, l *line) {
	first := 400 + m.IntN(2000)
	l.cells["total"] = float64(m.IntN(900_000)) + 0.5
	l.cells["first"] = daySerial(serialOf(m.day(first)))
	l.cells["last"] = strings.ReplaceAll(m.day(first/3), "-", "/")
}

// again is a copy of a sound line of the sheet, which must stand before it.
func (m *sheetMaker) again() *line {
	original := m.original()
	l := &line{cells: maps.Clone(original.cells)}
	m.follows[l] = original
	return l
}

func sameRow(m *sheetMaker) []*line { return []*line{m.again()} }

func sameName(m *sheetMaker) []*line {
	l := m.again()
	l.cells["landline"] = m.landline(placesOfCustomers[0])
	l.cells["need"] = "与上次登记的不同：" + pick(m.Rand, currentNeeds)
	return []*line{l}
}

func sameMobile(m *sheetMaker) []*line {
	original, l := m.original(), m.firm()
	l.cells["contact_mobile"] = original.cells["contact_mobile"]
	m.follows[l] = original
	return []*line{l}
}

func codeOfRegister(m *sheetMaker) []*line {
	l := m.firm()
	l.cells["uscc"] = m.inRegister("enterprise").values["uscc"]
	return []*line{l}
}

// nameOfRegister repeats a name that has brackets, in half-width ones.
func nameOfRegister(m *sheetMaker) []*line {
	known := m.inRegister("enterprise")
	for !strings.Contains(known.text("name"), "（") {
		known = m.inRegister("enterprise")
	}
	l := m.firm()
	l.cells["name"] = strings.NewReplacer("（", " (", "）", ") ").Replace(known.text("name"))
	delete(l.cells, "uscc")
	return []*line{l}
}

func mobileOfRegister(m *sheetMaker) []*line {
	l := m.firm()
	l.cells["mobile"] = m.inRegister("enterprise").contacts[0]["mobile"]
	return []*line{l}
}

func headerAgain(*sheetMaker) []*line {
	l := &line{cells: map[string]any{}}
	for _, c := range columns {
		if c.key != "" {
			l.cells[c.key] = c.header
		}
	}
	return []*line{l}
}

// fileTitle stands above the header.
func fileTitle(year int) [2]string {
	return [2]string{fmt.Sprintf("客户信息登记表（%d年度汇总）", year),
		"填表部门：销售中心　　　　金额单位：除注明外为元　　　　★为必填"}
}
