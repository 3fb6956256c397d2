// Package mapping finds out what the columns of a spreadsheet mean: which row is the header, and
// which field each header names, whatever its order, decoration and wording (R10.2).
package mapping

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
)

// HeaderSearch is how many rows from the top may stand above the header.
const HeaderSearch = 30

// Faults of a mapping.
var (
	ErrNoHeader = fault.Define("header_not_found",
		"前{rows}行里没有认出表头；请确认有一行是列名（如 客户名称、手机），或用模板填写",
		"No header was recognised in the first {rows} rows: one row must hold column names such as 客户名称, 手机; or use the template")
	ErrNoKey = fault.Define("mapping_no_key",
		"没有一列对应{field}，请在列的对应关系中指定",
		"No column gives {field_en}, choose one in the mapping")
	ErrUnknownTarget = fault.Define("mapping_unknown_field", "没有名为「{field}」的字段，请从列表中选择",
		"There is no field “{field}”, choose one from the list")
	ErrTwice = fault.Define("mapping_twice", "两列都对应「{field}」，请只保留一列",
		"Two columns give “{field}”, keep one of them")
)

// Column is one column of the sheet. Field is "" where its header means nothing to us.
//
// A field is a key of customers ("name"), of a belonging ("contacts.name", "contacts.2.name" for
// the second contact of a row), a part of a division ("division.province", "division.city",
// "division.district"), an area code ("area_code"), or "ignore".
type Column struct {
	Index  int    `json:"index"` // from 0
	Header string `json:"header"`
	Field  string `json:"field"`
	Unit   string `json:"unit,omitempty"` // 万元 in 注册资本(万元)
}

// Mapping is what the columns mean.
type Mapping struct {
	Row     int      `json:"row"` // of the header, as a spreadsheet counts
	Columns []Column `json:"columns"`
}

// Field finds the column of a field.
func (m *Mapping) Field(field string) (Column, bool) {
	for _, c := range m.Columns {
		if c.Field == field {
			return c, true
		}
	}
	return Column{}, false
}

// Unmapped lists the columns that have a header and no field.
func (m *Mapping) Unmapped() []Column {
	var left []Column
	for _, c := range m.Columns {
		if c.Field == "" && c.Header != "" {
			left = append(left, c)
		}
	}
	return left
}

// Line is one of the first rows of a sheet.
type Line struct {
	Number int
	Cells  []string
}

// Find picks the row that names the most fields, the first of equals, and maps its columns.
func Find(collection string, lines []Line) (Mapping, error) {
	best, most := Mapping{}, 0
	for _, line := range lines {
		m := Map(collection, line)
		n := 0
		for _, c := range m.Columns {
			if c.Field != "" {
				n++
			}
		}
		if n > most {
			best, most = m, n
		}
	}
	if most == 0 {
		return best, ErrNoHeader.With("rows", HeaderSearch)
	}
	return best, nil
}

// Map maps one row of headers.
func Map(collection string, line Line) Mapping {
	m := Mapping{Row: line.Number}
	taken := map[string]bool{}
	twice := map[int]string{} // columns whose field an earlier column has
	for i, cell := range line.Cells {
		header, unit := clean(collection, cell)
		c := Column{Index: i, Header: strings.TrimSpace(cn.Text(cell)), Unit: unit}
		switch named := field(collection, header); {
		case taken[named]:
			twice[i] = named
		default:
			c.Field = named
			taken[named] = named != "" && named != "ignore"
		}
		m.Columns = append(m.Columns, c)
	}
	// Second places come last: they must not take the field of a column that says its name.
	for i := range m.Columns {
		if place := second(twice[i]); place != "" && !taken[place] {
			m.Columns[i].Field = place
			taken[place] = true
		}
	}
	nameOfPersons(collection, &m)
	return m
}

// second is where the second column of a sort of value belongs, "" where there is no such place.
func second(field string) string {
	if field == "business_address" {
		return "registered_address"
	}
	if before, ok := strings.CutSuffix(field, "mobile"); ok {
		return before + "landline"
	}
	return ""
}

// nameOfPersons: in a register of persons 姓名 is the customer.
func nameOfPersons(collection string, m *Mapping) {
	if collection != "customers" {
		return
	}
	if _, named := m.Field("name"); named {
		return
	}
	for i, c := range m.Columns {
		if header, _ := clean(collection, c.Header); c.Field == "contacts.name" && header == "姓名" {
			m.Columns[i].Field = "name"
			return
		}
	}
}

var (
	decoration = strings.NewReplacer("★", "", "☆", "", "*", "", "＊", "", "●", "", "：", "", ":", "",
		"\n", "", "\r", "", " ", "", "\t", "", "（必填）", "", "(必填)", "", "（选填）", "", "(选填)", "",
		"[必填]", "", "【必填】", "", "（可选）", "", "必填项", "", "必填", "",
		"（", "(", "）", ")")
	bracketed = regexp.MustCompile(`[(\[【]([^)\]】]*)[)\]】]`)
	unitWord  = regexp.MustCompile(`^(?:单位[:：]?)?(亿元|百万元|千万元|万元|千元|元|亿|万|人|名|RMB|CNY|人民币)$`)
	unitTail  = regexp.MustCompile(`^(.+?)[/_,，-]?(亿元|百万元|千万元|万元|千元|元)$`)
	ordinal   = regexp.MustCompile(`^第?[一二三四五1-9]$`)
)

// clean takes a header down to its name, and the unit out of its brackets or off its end.
func clean(collection, cell string) (name, unit string) {
	name = decoration.Replace(cn.Text(cell))
	for _, m := range bracketed.FindAllStringSubmatch(name, -1) {
		if u := unitWord.FindStringSubmatch(m[1]); u != nil {
			unit = u[1]
		}
	}
	if whole := normal(name); known(collection)[whole] != "" {
		return whole, unit // brackets that belong to the name: 负责人(法人)
	}
	bare := normal(bracketed.ReplaceAllString(name, ""))
	if bare == "" {
		return normal(strings.Trim(name, "()[]【】")), unit // 【客户名称】
	}
	if m := unitTail.FindStringSubmatch(bare); m != nil && known(collection)[bare] == "" &&
		known(collection)[m[1]] != "" {
		return m[1], m[2] // 注册资本/万元
	}
	return bare, unit
}

func normal(name string) string { return strings.ToLower(decoration.Replace(name)) }

// field finds what a cleaned header means.
func field(collection, header string) string {
	if header == "" {
		return ""
	}
	if f := known(collection)[header]; f != "" {
		return f
	}
	if collection == "customers" {
		return furtherContact(header)
	}
	return ""
}

// furtherContact understands 联系人2, 联系人2手机, 第二联系人电话, 联系人二姓名; the first of several
// is the customer's primary contact.
func furtherContact(header string) string {
	before, after, ok := strings.Cut(header, "联系人")
	if !ok {
		return ""
	}
	n, rest := number(before), after
	if before == "" && after != "" {
		first := []rune(after)[0]
		n, rest = number(string(first)), strings.TrimPrefix(after, string(first))
	}
	if n == 0 {
		return ""
	}
	if rest = strings.TrimLeft(rest, "-_—.·的"); rest == "" {
		rest = "姓名"
	}
	f := known("customers")["联系人"+rest]
	key, ok := strings.CutPrefix(f, "contacts.")
	switch {
	case !ok:
		return ""
	case n == 1:
		return f
	}
	return "contacts." + strconv.Itoa(n) + "." + key
}

func number(text string) int {
	if !ordinal.MatchString(text) {
		return 0
	}
	r := []rune(strings.TrimPrefix(text, "第"))[0]
	for i, han := range []rune("零一二三四五六七八九") {
		if r == han || r == rune('0'+i) {
			return i
		}
	}
	return 0
}

// special are headers of values that are no single field.
var special = map[string]string{
	"省": "division.province", "省份": "division.province", "所在省": "division.province",
	"省/直辖市": "division.province", "所在省份": "division.province",
	"市": "division.city", "城市": "division.city", "所在城市": "division.city", "所在市": "division.city",
	"区": "division.district", "县": "division.district", "区县": "division.district",
	"区/县": "division.district", "所在区": "division.district", "所在区县": "division.district",
	"区号": "area_code", "电话区号": "area_code",
	"序号": "ignore", "编号序": "ignore", "no.": "ignore", "行号": "ignore", "错误": "ignore",
	"备注": "followups.summary", "备注信息": "followups.summary", "说明": "followups.summary",
	"联系人性别": "ignore",
}

// flatRow are the belongings that a row of customers may carry, ofFlatRow their fields.
var flatRow = []string{"contacts", "contracts", "followups"}

var ofFlatRow = map[string][]string{
	"contacts": {"name", "title", "mobile", "landline", "email", "wechat", "authority",
		"decision_role", "note"},
	"contracts": {"number", "title", "signed", "starts", "ends", "amount", "state"},
	"followups": {"summary"},
}

// keysOfCustomer name the customer that a belonging's row belongs to.
var keysOfCustomer = []string{"number", "uscc", "name"}

var dictionaries sync.Map

// known is the dictionary of a collection's headers: cleaned header → field.
func known(collection string) map[string]string {
	if d, ok := dictionaries.Load(collection); ok {
		return d.(map[string]string)
	}
	d := map[string]string{}
	targets := fieldsOfRow(collection)
	for _, t := range targets {
		add(d, t.target, t.field.Zh, t.field.En, t.field.Key, t.target)
	}
	for _, t := range targets { // a label counts more than another field's synonym
		add(d, t.target, t.field.Synonyms...)
	}
	if collection == "customers" {
		for header, f := range special {
			d[header] = f
		}
	}
	dictionaries.Store(collection, d)
	return d
}

// rowField is a field that a row of the sheet may carry, and its name in a mapping.
type rowField struct {
	field  *fields.Field
	target string
}

func fieldsOfRow(collection string) []rowField {
	var all []rowField
	if collection != "customers" {
		for _, key := range keysOfCustomer {
			all = append(all, rowField{fields.MustGet("customers", key), "customer." + key})
		}
		for _, f := range fields.Of(collection) {
			if !f.System && f.Kind != fields.File && f.Kind != fields.Relation {
				all = append(all, rowField{f, f.Key})
			}
		}
		return all
	}
	for _, f := range fields.Of("customers") {
		if importable(f) {
			all = append(all, rowField{f, f.Key})
		}
	}
	for _, name := range flatRow {
		for _, key := range ofFlatRow[name] {
			all = append(all, rowField{fields.MustGet(name, key), name + "." + key})
		}
	}
	return all
}

// importable: what the product itself sets is not imported, but for the number, by which a row
// finds its customer, and the totals of an old register, which become one opening order.
func importable(f *fields.Field) bool {
	switch f.Key {
	case "number", "first_deal", "last_deal", "total_amount":
		return true
	}
	return !f.System && f.Kind != fields.JSON
}

func add(d map[string]string, target string, names ...string) {
	for _, name := range names {
		if key := normal(cn.Text(name)); d[key] == "" { // the field that comes first keeps its name
			d[key] = target
		}
	}
}

// parts are targets that make up one field with others.
var parts = []Column{
	{Header: "省份", Field: "division.province"}, {Header: "城市", Field: "division.city"},
	{Header: "区县", Field: "division.district"}, {Header: "区号", Field: "area_code"},
}

// Targets lists the fields that a column may be mapped to by hand, with their labels.
func Targets(collection string) []Column {
	var all []Column
	for _, t := range fieldsOfRow(collection) {
		label := fields.Label(t.field.Collection+"."+t.field.Key, "zh")
		all = append(all, Column{Header: label, Field: t.target})
	}
	if collection == "customers" {
		all = append(all, parts...)
	}
	return all
}

// Override applies what a person chose: header or column number (from 1) → field; "" or "ignore"
// leaves the column out. A number is surer than a header, which two columns may share. A header
// that the sheet lacks is passed over: one choice may serve several workbooks.
func (m *Mapping) Override(collection string, chosen map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(chosen)) {
		if target := chosen[key]; target != "" && target != "ignore" && !valid(collection, target) {
			return ErrUnknownTarget.With("field", target)
		}
	}
	for i, c := range m.Columns {
		if target, ok := chosen[strconv.Itoa(c.Index+1)]; ok {
			m.Columns[i].Field = target
		} else if target, ok := chosen[c.Header]; ok && c.Header != "" {
			m.Columns[i].Field = target
		}
	}
	seen := map[string]bool{}
	for _, c := range m.Columns {
		if c.Field != "" && c.Field != "ignore" && seen[c.Field] {
			return ErrTwice.With("field", fields.Label(c.Field, "zh"))
		}
		seen[c.Field] = true
	}
	return nil
}

var furtherTarget = regexp.MustCompile(`^contacts\.([2-9])\.([a-z_]+)$`)

func valid(collection, target string) bool {
	for _, f := range known(collection) {
		if f == target {
			return true
		}
	}
	m := furtherTarget.FindStringSubmatch(target)
	if m == nil || collection != "customers" {
		return false
	}
	return slices.Contains(ofFlatRow["contacts"], m[2])
}

// Check refuses a mapping that cannot give records.
func (m *Mapping) Check(collection string) error {
	if collection == "customers" {
		if _, ok := m.Field("name"); !ok {
			f := fields.MustGet("customers", "name")
			return ErrNoKey.With("field", f.Zh, "field_en", f.En)
		}
		return nil
	}
	for _, key := range keysOfCustomer {
		if _, ok := m.Field("customer." + key); ok {
			return nil
		}
	}
	return ErrNoKey.With("field", "客户编号、统一社会信用代码或客户名称",
		"field_en", "the customer's number, credit code or name")
}
