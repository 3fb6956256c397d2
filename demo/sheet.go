package demo

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kehu/internal/fields"
)

// column is one column of the sample workbook: what the code calls it, what its header says, and
// how wide it is.
type column struct {
	key, header string
	width       float64
}

// columns stand in no sensible order, under the headers that people give them: synonyms, stars,
// units, line breaks; one column is empty, one means nothing to the register (传真).
var columns = []column{
	{"no", "序号", 6}, {"owner", "业务员", 9}, {"name", "★公司名称\n（姓名）", 32},
	{"contact", "联系人", 10}, {"title", "职 务", 11}, {"contact_mobile", "联系人\n手机", 15},
	{"mobile", "联系电话★", 16}, {"area", "区号", 7}, {"landline", "固定电话", 15}, {"", "", 3},
	{"uscc", "统一社会信用代码\n/税号", 23}, {"kind", "客户性质", 9}, {"industry", "所在行业", 20},
	{"headcount", "企业规模\n(人)", 11}, {"capital", "注册资金（万元）", 11}, {"founded", "成立时间", 13},
	{"address", "详细地址", 38}, {"email", "E-mail", 26}, {"channel", "客户来源", 10},
	{"stage", "跟进阶段", 9}, {"intention", "意向程度", 9}, {"demand", "需求类别", 12},
	{"need", "★客户需求", 26}, {"tags", "客户标签", 16}, {"contact2", "联系人2", 10},
	{"contact2_mobile", "联系人2手机", 15}, {"total", "累计交易金额\n(元)", 14},
	{"first", "首次合作时间", 13}, {"last", "最近合作时间", 13}, {"cert", "身份证号", 22},
	{"fax", "传真", 14}, {"note", "备注", 24},
}

// What stands in a cell beside texts and plain numbers.
type (
	daySerial  float64 // a day number that is shown as a date
	scientific float64 // a number that is shown as 1.38E+10 and kept in full
	cellError  string  // such as #N/A
)

// line is one row of the sheet below the header, with what its import is meant to make of it.
type line struct {
	cells   map[string]any
	hidden  bool
	merged  bool // its company cell is merged with the one above
	about   string
	outcome string
	code    string // of a finding that the row must have; "" where it needs none
}

// sheetMaker writes the lines of the sample workbook.
type sheetMaker struct {
	*cast
	plain   []*line     // lines without trouble, which later lines may repeat
	taken   int         // of these, for being repeated
	known   int         // the customer of the register that was repeated last
	turn    int         // of the places
	turns   map[any]int // of the lists that are gone through
	follows map[*line]*line
}

// rowsOfSheet is how many rows the sample has below its header; cleanLeast of them are sound.
const (
	rowsOfSheet = 500
	cleanLeast  = 300
)

// lines invents the rows: the troubles of the table, sound rows for the rest, all mixed.
func lines(from *rand.Rand, now time.Time) []*line {
	m := &sheetMaker{cast: newCast(from, now), follows: map[*line]*line{}, turns: map[any]int{}}
	count := 0
	for _, t := range troubles {
		count += t.blocks * t.lines()
	}
	var blocks [][]*line
	for n := range rowsOfSheet - count {
		l := m.sound(n)
		m.plain = append(m.plain, l)
		blocks = append(blocks, []*line{l})
	}
	for _, t := range troubles {
		for range t.blocks {
			blocks = append(blocks, t.make(m))
		}
	}
	last := len(blocks) - 1 // the total, which stays at the end
	m.Shuffle(last, func(a, b int) { blocks[a], blocks[b] = blocks[b], blocks[a] })
	m.putAfter(blocks)
	all := slices.Concat(blocks...)
	for n, l := range all {
		if l.cells != nil && l.cells["no"] == nil && !l.merged {
			l.cells["no"] = n + 1
		}
	}
	return all
}

// putAfter moves each repeated line behind the one that it repeats.
func (m *sheetMaker) putAfter(blocks [][]*line) {
	at := map[*line]int{}
	for n, block := range blocks {
		at[block[0]] = n
	}
	for n := range blocks {
		l := blocks[n][0]
		if original := m.follows[l]; original != nil && at[original] > at[l] {
			a, b := at[l], at[original]
			blocks[a], blocks[b] = blocks[b], blocks[a]
			at[l], at[original] = b, a
		}
	}
}

// sound is a row that is right as it stands: a firm, or now and then a person.
func (m *sheetMaker) sound(n int) *line {
	if n%9 == 8 {
		return m.someone()
	}
	return m.firm()
}

func (m *sheetMaker) firm() *line {
	m.turn++
	c := m.enterprise(m.turn)
	if c.values["business_address"] == nil {
		c.values["business_address"] = m.address(c.place)
	}
	m.prospect(&c)
	if m.chance(70) {
		delete(c.values, "email")
	}
	l := rowOf(&c)
	if m.chance(50) {
		l.cells["mobile"] = m.mobile()
	}
	return l
}

func (m *sheetMaker) someone() *line {
	c := m.individual(certificates)
	m.prospect(&c)
	return rowOf(&c)
}

// prospect: a new customer has no deals yet.
func (m *sheetMaker) prospect(c *customer) {
	c.values["stage"] = pick(m.Rand, []string{"potential", "potential", "intent"})
	c.values["intention"] = pick(m.Rand, []string{"high", "medium", "low"})
}

// rowOf writes a customer as its row of the sheet.
func rowOf(c *customer) *line {
	cells := map[string]any{}
	text := func(key, field string) {
		if value := c.text(field); value != "" {
			cells[key] = label(field, value)
		}
	}
	for key, field := range map[string]string{"name": "name", "uscc": "uscc", "kind": "kind",
		"industry": "industry", "headcount": "headcount", "address": "business_address",
		"email": "email", "channel": "channel", "stage": "stage", "intention": "intention",
		"need": "current_need", "mobile": "mobile", "landline": "landline"} {
		text(key, field)
	}
	if capital, ok := c.values["registered_capital"].(float64); ok {
		cells["capital"] = capital / 1e4
	}
	if founded := c.text("founded"); founded != "" {
		cells["founded"] = daySerial(serialOf(founded))
	}
	for _, m := range staff {
		if m.email() == c.values["owner"] {
			cells["owner"] = m.name
		}
	}
	cells["tags"] = strings.Join(c.values["tags"].([]string), "、")
	var demands []string
	for _, d := range c.values["demand_types"].([]string) {
		demands = append(demands, label("demand_types", d))
	}
	cells["demand"] = strings.Join(demands, "、")
	if len(c.contacts) > 0 {
		first := c.contacts[0]
		cells["contact"], cells["title"] = first["name"], first["title"]
		cells["contact_mobile"] = first["mobile"]
	}
	return &line{cells: cells, about: "sound", outcome: "created"}
}

// label is how a value reads in a sheet.
func label(field, value string) string {
	if o, ok := fields.MustGet("customers", field).Option(value); ok {
		return o.Zh
	}
	return value
}

// serialOf is a spreadsheet's day number of a date since March 1900.
func serialOf(day string) float64 {
	date, err := time.Parse("2006-01-02", day)
	if err != nil {
		return 0
	}
	return date.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
}

// dayOf is the date of a day number in a layout of people's own.
func dayOf(serial any, layout string) string {
	days, _ := serial.(daySerial)
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format(layout)
}

// inRegister takes the next customer of the register that a row can repeat: an active one of that
// kind with a business address.
func (m *sheetMaker) inRegister(kind string) *customer {
	for {
		m.known = (m.known + 1) % len(m.customers)
		c := &m.customers[m.known]
		if c.values["kind"] == kind && c.status == "active" && c.values["business_address"] != nil {
			return c
		}
	}
}

// original takes the next sound firm of the sheet that nothing repeats yet.
func (m *sheetMaker) original() *line {
	for {
		l := m.plain[m.taken]
		m.taken++
		if l.cells["uscc"] != nil {
			return l
		}
	}
}
