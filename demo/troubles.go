package demo

// trouble is one kind of thing that is wrong, or only odd, in the sheets that people have. blocks
// says how often the sample has it; outcome and code are what the import is meant to answer.
type trouble struct {
	about   string
	blocks  int
	outcome string
	code    string
	change  func(m *sheetMaker, l *line) // makes it of a sound line
	build   func(m *sheetMaker) []*line  // or makes its lines from nothing
	size    int                          // lines of a block that is built; 0 = 1
}

// troubles is the list of all kinds. What stands under "created" is understood as it is; under
// "incomplete" the row is kept and what is missing is asked for; "duplicate" and "failed" come
// back in the error workbook with the reason at the cell.
var troubles = []trouble{
	// Phones.
	{about: "full-width digits in a phone", blocks: 4, outcome: "created", change: fullWidthPhone},
	{about: "spaces, dashes and +86 in a phone", blocks: 6, outcome: "created",
		change: dressedPhone},
	{about: "a mobile stored as a number", blocks: 6, outcome: "created",
		change: func(m *sheetMaker, l *line) { l.cells["mobile"] = asNumber(m.mobile()) }},
	{about: "a mobile shown as 1.38E+10 with its digits kept", blocks: 3, outcome: "created",
		change: func(m *sheetMaker, l *line) {
			l.cells["mobile"] = scientific(asNumber(m.mobile()))
		}},
	{about: "a mobile that is the text 1.38E+10", blocks: 2, outcome: "failed",
		code: "mobile_scientific", change: set("mobile", "1.38E+10", "1.39001E+10")},
	{about: "no such segment", blocks: 3, outcome: "failed", code: "mobile_segment",
		change: set("mobile", "12000001234", "14000004321", "10100005678")},
	{about: "a digit too few", blocks: 2, outcome: "failed", code: "mobile_length",
		change: set("mobile", "1390000123", "1500000432")},
	{about: "a test number", blocks: 3, outcome: "failed", code: "mobile_test_number",
		change: set("mobile", "13800138000", "12345678901", "11111111111")},
	{about: "a masked phone and no other way of contact", blocks: 4, outcome: "incomplete",
		code: "mobile_masked", change: maskedPhone},
	{about: "two numbers in one cell", blocks: 2, outcome: "created", code: "phone_more",
		change: func(m *sheetMaker, l *line) { l.cells["mobile"] = m.mobile() + "/" + m.mobile() }},
	{about: "a landline in the column of mobiles", blocks: 3, outcome: "created",
		change: landlineAsMobile},
	{about: "an area code in a column of its own, with and without its 0", blocks: 4,
		outcome: "created", change: areaColumn},

	// Numbers and dates.
	{about: "numbers stored as text", blocks: 3, outcome: "created",
		change: func(m *sheetMaker, l *line) {
			l.cells["capital"], l.cells["headcount"] = "1,200", "86"
		}},
	{about: "a headcount as a number", blocks: 3, outcome: "created",
		change: func(m *sheetMaker, l *line) { l.cells["headcount"] = 12 + m.IntN(900) }},
	{about: "a headcount over two bands", blocks: 3, outcome: "incomplete", code: "band_spans",
		change: set("headcount", "100-300人", "30～80", "150至500")},
	{about: "a date as a bare day number", blocks: 3, outcome: "created", change: bareSerial},
	{about: "a date as text, in four forms", blocks: 8, outcome: "created", change: textDate},
	{about: "a day that is not in the calendar", blocks: 2, outcome: "failed",
		code: "date_impossible", change: set("founded", "2019-02-30", "2021/6/31")},
	{about: "a year of two digits", blocks: 1, outcome: "failed", code: "date_two_digit_year",
		change: set("founded", "18.5.1")},
	{about: "an error of a formula", blocks: 3, outcome: "failed", code: "cell_error",
		change: func(m *sheetMaker, l *line) {
			l.cells[inTurn(m, "industry", "need", "contact")] = cellError("#N/A")
		}},

	// Credit codes and certificates.
	{about: "a code of digits only, kept as text", blocks: 2, outcome: "created",
		change: func(m *sheetMaker, l *line) { l.cells["uscc"] = m.digital() }},
	{about: "a code of digits only that a spreadsheet cut to …000", blocks: 2, outcome: "failed",
		code: "digits_lost",
		change: func(m *sheetMaker, l *line) {
			l.cells["uscc"] = asNumber(m.digital()[:15] + "000")
		}},
	{about: "a code turned into 9.13E+17", blocks: 1, outcome: "failed", code: "uscc_truncated",
		change: set("uscc", "9.13101E+17")},
	{about: "a wrong check character", blocks: 3, outcome: "failed",
		code: "uscc_check_character", change: wrongCheck},
	{about: "the letter O for a nought", blocks: 2, outcome: "failed", code: "uscc_lookalike",
		change: lookalike},
	{about: "an old registration number of 15 digits", blocks: 2, outcome: "failed",
		code: "legacy_reg_no_confirm", change: set("uscc", "310115009900001", "440301009900018")},
	{about: "a certificate number without consent", blocks: 2, outcome: "created",
		code: "sensitive_no_consent", build: unasked},
	{about: "a certificate number that a spreadsheet cut", blocks: 1, outcome: "failed",
		code: "digits_lost", build: cutCertificate},
	{about: "a certificate number in a note, or in a column that means nothing", blocks: 2,
		outcome: "failed", code: "sensitive_in_text", change: certificateInText},

	// E-mail.
	{about: "a misspelt free mail domain", blocks: 3, outcome: "created", code: "email_typo",
		change: set("email", "kehu.demo.a@qq.con", "kehu.demo.b@163.cm", "kehu.demo.c@gmial.com")},
	{about: "no e-mail address", blocks: 2, outcome: "failed", code: "email_syntax",
		change: set("email", "kehu.demo.d", "无")},
	{about: "a domain without ending", blocks: 1, outcome: "failed", code: "email_domain",
		change: set("email", "kehu.demo.e@163")},
	{about: "a free mail address", blocks: 3, outcome: "created",
		change: set("email", "kehu.demo.f@163.com", "Kehu.Demo.G@QQ.com", "kehu.demo.h@126.com")},
	{about: "an address in full-width letters", blocks: 1, outcome: "created",
		change: set("email", "ｋｅｈｕ．ｄｅｍｏ＠１６３．ｃｏｍ")},
	{about: "two addresses in one cell", blocks: 1, outcome: "created", code: "email_more",
		change: set("email", "kehu.demo.i@163.com；kehu.demo.j@163.com")},

	// Industry, address, options.
	{about: "an industry in people's own words", blocks: 6, outcome: "created",
		change: set("industry", "卖建材的", "制造业-专用设备制造业", "软件开发", "IT", "电商", "食品厂")},
	{about: "an industry that says nothing", blocks: 2, outcome: "failed",
		code: "industry_unknown", change: set("industry", "搞工程的", "其他")},
	{about: "an industry that may be several", blocks: 1, outcome: "failed",
		code: "industry_ambiguous", change: set("industry", "新能源")},
	{about: "an address without province", blocks: 4, outcome: "created",
		change: set("address", "深圳南山区启航路8号", "上海浦东张江云帆大道１６号", "杭州西湖区文澜街3号",
			"内蒙呼市赛罕区启航路21号")},
	{about: "a district of several cities", blocks: 2, outcome: "incomplete",
		code: "division_ambiguous", change: set("address", "鼓楼区启航路12号", "杭州市江干区云帆大道5号")},
	{about: "a district that is no more", blocks: 3, outcome: "created", code: "division_historic",
		change: set("address", "上海市闸北区启航路66号", "北京市崇文区云帆大道9号", "宁波江东区星桥路18号")},
	{about: "a development zone that lies in one district", blocks: 1, outcome: "created",
		code: "division_zone", change: set("address", "天津开发区启航路9号")},
	{about: "a development zone that lies in several, or a city alone", blocks: 4,
		outcome: "incomplete", code: "division_too_coarse",
		change: set("address", "苏州工业园区启航路1号", "成都高新区云帆大道77号", "浙江省杭州市启航路8号",
			"广州市")},
	{about: "a tag that does not exist", blocks: 2, outcome: "failed", code: "tag_unknown",
		change: set("tags", "老板很好说话", "潜力客户、VVIP")},
	{about: "an owner who does not exist", blocks: 2, outcome: "failed", code: "staff_unknown",
		change: set("owner", "已离职", "王大锤")},
	{about: "an option of their own", blocks: 2, outcome: "failed", code: "option_unknown",
		change: set("channel", "熟人圈子", "饭局")},

	// Names and missing values.
	{about: "brackets, width and spaces in a name", blocks: 4, outcome: "created",
		change: untidyName},
	{about: "a title behind the contact's name", blocks: 2, outcome: "created",
		code: "name_honorific", change: honorific},
	{about: "no name", blocks: 2, outcome: "failed", code: "required", change: without("name")},
	{about: "neither firm nor person", blocks: 1, outcome: "failed", code: "kind_unclear",
		change: func(m *sheetMaker, l *line) {
			l.cells["name"] = "霁舟砚汀联合体"
			without("kind", "uscc", "headcount", "capital")(m, l)
		}},
	{about: "required values left empty", blocks: 4, outcome: "incomplete",
		change: without("contact", "title", "contact_mobile", "need")},

	// What a row carries beside the customer.
	{about: "a company cell merged over its contacts", blocks: 5, build: mergedCompany, size: 3},
	{about: "a second contact", blocks: 4, outcome: "created", change: secondContact},
	{about: "totals of an old register", blocks: 4, outcome: "created", change: oldTotals},
	{about: "a won customer without its contract", blocks: 3, outcome: "incomplete",
		change: func(m *sheetMaker, l *line) { oldTotals(m, l); l.cells["stage"] = "成交" }},
	{about: "a note", blocks: 3, outcome: "created",
		change: set("note", "展会上认识，先发样本", "月底前回电", "由前同事转来，背景不详")},

	// Duplicates.
	{about: "the same row twice", blocks: 3, outcome: "duplicate", code: "duplicate_row",
		build: sameRow},
	{about: "the same name with other values", blocks: 3, outcome: "duplicate",
		code: "duplicate_differs", build: sameName},
	{about: "the same mobile at another firm", blocks: 2, outcome: "duplicate",
		code: "duplicate_suspected_row", build: sameMobile},
	{about: "a customer of the register as it is there", blocks: 4, outcome: "unchanged",
		build: func(m *sheetMaker) []*line { return []*line{rowOf(m.inRegister("enterprise"))} }},
	{about: "a person of the register", blocks: 2, outcome: "unchanged",
		build: func(m *sheetMaker) []*line { return []*line{rowOf(m.inRegister("individual"))} }},
	{about: "a credit code of the register under another name", blocks: 2, outcome: "duplicate",
		code: "duplicate_differs", build: codeOfRegister},
	{about: "a name of the register in other brackets and with other values", blocks: 3,
		outcome: "duplicate", code: "duplicate_differs", build: nameOfRegister},
	{about: "a mobile of the register", blocks: 2, outcome: "duplicate",
		code: "duplicate_suspected_row", build: mobileOfRegister},

	// Rows that are no customers.
	{about: "a hidden row", blocks: 3, outcome: "failed", code: "row_hidden",
		change: func(_ *sheetMaker, l *line) { l.hidden = true }},
	{about: "a blank row", blocks: 5, outcome: "blank",
		build: func(*sheetMaker) []*line { return []*line{{}} }},
	{about: "a row of spaces", blocks: 1, outcome: "blank",
		build: func(*sheetMaker) []*line {
			return []*line{{cells: map[string]any{"no": " ", "name": "　", "note": "  "}}}
		}},
	{about: "the header once more, where a page ended", blocks: 1, outcome: "blank",
		build: headerAgain},
	{about: "the total at the end", blocks: 1, outcome: "failed", code: "required",
		build: func(*sheetMaker) []*line {
			return []*line{{cells: map[string]any{"no": "合计", "total": 1864300.5}}}
		}},
}

func (t *trouble) lines() int { return max(t.size, 1) }

// make makes one block of the trouble: the lines that must stand together.
func (t *trouble) make(m *sheetMaker) []*line {
	if t.build == nil {
		l := m.firm()
		t.change(m, l)
		l.about, l.outcome, l.code = t.about, t.outcome, t.code
		return []*line{l}
	}
	block := t.build(m)
	for _, l := range block {
		l.about, l.code = t.about, t.code
		if t.outcome != "" {
			l.outcome = t.outcome
		}
	}
	return block
}
