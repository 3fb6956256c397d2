package hooks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/mapping"
	"kehu/internal/mask"
	"kehu/internal/register"
	"kehu/internal/sheet"
)

// Faults of a row.
var (
	ErrRowHidden = fault.Define("row_hidden",
		"此行在表格中被隐藏，没有导入；请取消隐藏，或在选项中选择导入隐藏行",
		"The row is hidden in the sheet and was not imported: unhide it, or choose to import hidden rows")
	ErrCell = fault.Define("cell_error", "单元格是公式错误（{value}），请改成具体内容",
		"The cell holds a formula error ({value}), put the value itself")
	ErrDigitsLost = fault.Define("digits_lost",
		"这个号码被表格存成了数字，15位以后的数字已经丢失；请把该列设为文本后重新填写",
		"The sheet stored this as a number and lost all digits after the 15th: format the column as text and type it again")
	ErrKind = fault.Define("kind_unclear",
		"看不出客户类型，请填写 个人、企业 或 机构",
		"The kind of customer is not clear, give 个人, 企业 or 机构")
	ErrSameAsRow = fault.Define("duplicate_row", "与第{row}行重复，请删去一行",
		"The same as row {row}, delete one of them")
	ErrAlreadyThere = fault.Define("duplicate_differs",
		"登记簿里已有此客户（{number}），内容不同：{fields}；未改动，可选择“更新”方式导入",
		"The customer is already here ({number}) with other values: {fields}; left as it is, choose “update” to change it")
	ErrSuspectedRow = fault.Define("duplicate_suspected_row",
		"手机号与已有客户（负责人：{owner}）或前面的行相同，请确认是否同一客户后再处理",
		"The mobile stands at another customer (owner: {owner}) or an earlier row, decide whether it is the same one")
	ErrNameOtherCode = fault.Define("duplicate_name_other_code",
		"名称与已有客户（负责人：{owner}）或前面的行相同，但统一社会信用代码不同：是两个法律主体则注明理由后导入，否则请核对代码",
		"The name stands at another customer (owner: {owner}) or an earlier row, under another credit code: "+
			"give a reason if they are two legal persons, or check the code")
	ErrNoCustomer = fault.Define("customer_unknown", "登记簿里找不到客户「{value}」，请先登记客户",
		"The customer “{value}” is not in the register, enter it first")
)

// rowPlan is what every row of an import is read with.
type rowPlan struct {
	collection string
	mapping    mapping.Mapping
	rules      *register.Rules
	options    importOptions
	date1904   bool
	csv        bool // cells may carry the quote that guards against formulas
	marketing  bool // of marketing, which enters drafts of its own and not every column
}

// preparedRow is a row read, checked, and not yet compared with the register.
type preparedRow struct {
	number    int
	cells     []string // as read, by column
	blank     bool
	customer  *register.Result
	contacts  []*register.Result
	contract  *register.Result
	followup  *register.Result
	opening   *openingOrder
	given     map[string]any // of customers, as typed
	missing   []string
	key       string // of the customer that another collection's row belongs to
	faults    []rowFault
	blocked   bool            // a fault forbids storing it
	defaulted map[string]bool // fields that the options gave, not the sheet
	ownNumber string          // a number of another system, in the column of ours
}

// openingOrder carries an old register's totals (decisions.md, Flat rows).
type openingOrder struct {
	since, last string
	amount      float64
}

// rowFault is one finding of a row, at its column.
type rowFault struct {
	Column  int    `json:"column"` // from 0; −1 where no column has it
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Warning bool   `json:"warning,omitempty"`
}

func (r *preparedRow) fault(plan *rowPlan, field string, found *fault.Fault, warning bool) {
	column := -1
	if c, ok := plan.mapping.Field(field); ok {
		column = c.Index
	}
	r.faults = append(r.faults, rowFault{column, field, found.Code, mask.Text(found.In("zh")), warning})
	r.blocked = r.blocked || !warning
}

// read turns a row of the sheet into a checked record.
func (p *rowPlan) read(row *sheet.Row) *preparedRow {
	r := &preparedRow{number: row.Number, blank: row.Blank() || p.repeatsHeader(row)}
	if r.blank {
		return r
	}
	typed := make(map[string]any, len(p.mapping.Columns))
	r.cells = make([]string, 0, len(row.Cells))
	for _, c := range p.mapping.Columns {
		if c.Index >= len(row.Cells) {
			continue
		}
		p.cell(r, c, row.Cells[c.Index], typed)
	}
	for _, cell := range row.Cells {
		r.cells = append(r.cells, cell.String())
	}
	if sheet.IsExampleRow(r.cells) {
		r.blank = true
		return r
	}
	p.unmappedSensitive(r)
	if row.Hidden && !p.options.Hidden {
		r.fault(p, "", ErrRowHidden, false)
		return r
	}
	p.check(r, typed)
	return r
}

// again reads a row anew from its texts, after a person mended a cell.
func (p *rowPlan) again(number int, cells []string) *preparedRow {
	row := &sheet.Row{Number: number}
	for _, text := range cells {
		cell := sheet.Cell{}
		if text != "" {
			cell = sheet.Cell{Kind: sheet.Text, Text: text}
		}
		row.Cells = append(row.Cells, cell)
	}
	return p.read(row)
}

// cell reads one cell into what was typed for its field.
func (p *rowPlan) cell(r *preparedRow, c mapping.Column, cell sheet.Cell, typed map[string]any) {
	if cell.Kind == sheet.Empty || c.Field == "" || c.Field == "ignore" {
		return
	}
	kind := kindOf(p.collection, c.Field)
	switch {
	case p.marketing && notMarketings(c.Field):
		r.fault(p, c.Field, ErrColumnNotYours.With("field", fields.Label(c.Field, "zh"), "field_en",
			fields.Label(c.Field, "en")), true)
		return
	case cell.IsError():
		r.fault(p, c.Field, ErrCell.With("value", cell.Text), false)
		return
	case cell.LostDigits() && keepsDigits(kind):
		r.fault(p, c.Field, ErrDigitsLost, false)
		return
	}
	text := strings.TrimSpace(cell.String())
	if p.csv {
		text = sheet.UnguardCSV(text)
	}
	if text == "" {
		return
	}
	if kind == fields.Date && cell.Kind == sheet.Number {
		if date, err := cn.DateFromSerial(cell.Number, p.date1904); err == nil &&
			cell.Number < 100_000 {
			text = date.String()
		}
	}
	if c.Unit != "" && isNumber(text) {
		text += c.Unit
	}
	typed[c.Field] = text
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	return err == nil
}

func keepsDigits(kind fields.Kind) bool {
	switch kind {
	case fields.USCC, fields.RegNo, fields.Cert, fields.Bank, fields.Text, fields.Mobile,
		fields.Landline:
		return true
	}
	return false
}

func kindOf(collection, field string) fields.Kind {
	if strings.HasPrefix(field, "customer.") {
		field, collection = strings.TrimPrefix(field, "customer."), "customers"
	} else if parts := strings.Split(field, "."); len(parts) > 1 {
		collection, field = parts[0], parts[len(parts)-1]
	}
	if f, ok := fields.Get(collection, field); ok {
		return f.Kind
	}
	return fields.Text
}

// unmappedSensitive: a certificate or card number in a column that nobody mapped is refused too.
func (p *rowPlan) unmappedSensitive(r *preparedRow) {
	for _, c := range p.mapping.Columns {
		if c.Field != "" && c.Field != "ignore" || c.Index >= len(r.cells) {
			continue
		}
		if len(cn.FindSensitive(r.cells[c.Index])) > 0 {
			r.faults = append(r.faults, rowFault{c.Index, c.Header,
				register.ErrSensitiveText.Code, register.ErrSensitiveText.With("what",
					"证件或银行卡号码", "what_en", "certificate or card number").In("zh"), false})
			r.blocked = true
		}
	}
}

func (p *rowPlan) check(r *preparedRow, typed map[string]any) {
	if p.collection != "customers" {
		p.checkBelonging(r, typed)
		return
	}
	own := make(map[string]any, len(typed)+4)
	contacts := map[int]map[string]any{}
	contract := map[string]any{}
	for field, value := range typed {
		parts := strings.Split(field, ".")
		switch {
		case parts[0] == "contacts":
			n := 1
			if len(parts) == 3 {
				n, _ = strconv.Atoi(parts[1])
			}
			if contacts[n] == nil {
				contacts[n] = map[string]any{}
			}
			contacts[n][parts[len(parts)-1]] = value
		case parts[0] == "contracts":
			contract[parts[1]] = value
		case len(parts) == 1 && field != "area_code":
			own[field] = value
		}
	}
	p.combine(own, typed)
	r.defaulted = p.defaults(own)
	p.checkCustomer(r, own)
	p.checkContacts(r, contacts)
	if len(contract) > 0 {
		contract["state"] = orText(contract["state"], "running")
		r.contract = p.part(r, "contracts", "contracts.", contract)
	}
	if note, ok := typed["followups.summary"].(string); ok {
		r.followup = p.part(r, "followups", "followups.", map[string]any{"summary": note,
			"date": p.rules.Now.Format("2006-01-02"), "method": "other"})
	}
	p.checkOpening(r, own)
	r.missing = register.Missing(r.customer.Values, p.needs(r), p.rules.Policy)
}

func orText(value any, fallback string) any {
	if value == nil {
		return fallback
	}
	return value
}

// combine joins what a sheet has in several columns: the parts of a division, the area code.
func (p *rowPlan) combine(own, typed map[string]any) {
	division := ""
	for _, part := range []string{"province", "city", "district"} {
		if text, ok := typed["division."+part].(string); ok {
			division += text
		}
	}
	if division != "" && own["division"] == nil {
		own["division"] = division
	}
	if area, ok := typed["area_code"].(string); ok {
		for _, key := range []string{"landline", "mobile"} {
			number, _ := own[key].(string)
			if _, _, err := cn.ParseMobile(number); number != "" && err != nil &&
				!strings.HasPrefix(number, "0") {
				own[key] = area + "-" + number
				if line, _, err := cn.ParseLandline(number, area); err == nil {
					own[key] = line.String() // 区号 as a number has lost its 0
				}
			}
		}
	}
	if own["kind"] == nil {
		if kind := register.GuessKind(own); kind != "" {
			own["kind"] = kind
		}
	}
}

// defaults are what the import's options and the importer stand for.
func (p *rowPlan) defaults(own map[string]any) map[string]bool {
	given := map[string]bool{}
	for key, value := range map[string]string{"owner": p.options.Owner,
		"source_person": p.options.importer, "channel": "import"} {
		if own[key] == nil && value != "" {
			own[key] = value
			given[key] = true
		}
	}
	return given
}

func (p *rowPlan) checkCustomer(r *preparedRow, own map[string]any) {
	r.given = own
	r.customer = register.Check("customers", nil, own, p.rules)
	if _, given := own["kind"]; !given && r.customer.Errors["kind"] != nil {
		r.customer.Errors["kind"] = ErrKind
	}
	r.collect(p, "", r.customer)
	if p.options.Department != "" && r.customer.Values.Text("owner") == "" {
		r.customer.Values["department"] = p.options.Department
	}
}

func (r *preparedRow) collect(p *rowPlan, prefix string, result *register.Result) {
	for _, key := range sortedKeys(result.Errors) {
		r.fault(p, prefix+key, result.Errors[key], false)
	}
	for _, key := range sortedKeys(result.Warnings) {
		r.fault(p, prefix+key, result.Warnings[key], true)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// part checks a belonging that a row carries.
func (p *rowPlan) part(r *preparedRow, collection, prefix string, typed map[string]any) *register.Result {
	result := register.Check(collection, nil, typed, p.rules)
	r.collect(p, prefix, result)
	return result
}

// checkContacts makes the row's contacts. 手机 is the customer's and, unless the contact has one of
// its own, the primary contact's.
func (p *rowPlan) checkContacts(r *preparedRow, typed map[int]map[string]any) {
	for _, n := range sortedInts(typed) {
		contact := typed[n]
		prefix := "contacts."
		if n > 1 {
			prefix = "contacts." + strconv.Itoa(n) + "."
		}
		if n == 1 {
			contact["primary"] = true
			if contact["mobile"] == nil && contact["name"] != nil {
				contact["mobile"] = nonEmpty(r.customer.Values.Text("mobile"))
			}
		}
		if contact["name"] == nil && onlyPrimary(contact) {
			continue
		}
		r.contacts = append(r.contacts, p.part(r, "contacts", prefix, contact))
	}
}

func nonEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func onlyPrimary(contact map[string]any) bool {
	for key, value := range contact {
		if key != "primary" && value != nil {
			return false
		}
	}
	return true
}

func sortedInts[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// checkOpening reads the totals and dates of an old register.
func (p *rowPlan) checkOpening(r *preparedRow, own map[string]any) {
	order := &openingOrder{}
	any := false
	for _, key := range []string{"first_deal", "last_deal"} {
		text, ok := own[key].(string)
		if !ok {
			continue
		}
		date, _, err := cn.ParseDate(text, cn.DateOptions{})
		if found, bad := fault.Of(err); bad {
			r.fault(p, key, found, false)
			continue
		}
		any = true
		if key == "first_deal" {
			order.since = date.String()
		} else {
			order.last = date.String()
		}
	}
	if text, ok := own["total_amount"].(string); ok {
		amount, _, err := cn.ParseAmount(text, true)
		if found, bad := fault.Of(err); bad {
			r.fault(p, "total_amount", found, false)
		}
		order.amount, any = amount.Yuan(), any || amount.Yuan() != 0
	}
	if order.since != "" && order.last != "" && order.last < order.since {
		r.fault(p, "last_deal", register.ErrOrder.With("first", order.since, "second", order.last),
			false)
	}
	if any && !r.blocked {
		r.opening = order.dated(p.rules.Now)
	}
}

// dated gives the order the day on which it stands: the last deal known, else today.
func (o *openingOrder) dated(now time.Time) *openingOrder {
	if o.last == "" {
		o.last = o.since
	}
	if o.last == "" {
		o.last = now.Format("2006-01-02")
	}
	if o.since == "" {
		o.since = o.last
	}
	return o
}

// needs are the belongings that the row itself brings, for the list of what is missing.
func (p *rowPlan) needs(r *preparedRow) map[string][]register.Values {
	needs := map[string][]register.Values{}
	for _, contact := range r.contacts {
		needs["contacts"] = append(needs["contacts"], contact.Values)
	}
	if r.contract != nil {
		values := register.Values{}
		for key, value := range r.contract.Values {
			values[key] = value
		}
		if values.Text("number") == "" {
			values["number"] = "given when it is stored"
		}
		needs["contracts"] = append(needs["contracts"], values)
	}
	return needs
}

// checkBelonging reads a row of contacts, follow-ups, contracts or orders: the customer's key and
// the record's own values.
func (p *rowPlan) checkBelonging(r *preparedRow, typed map[string]any) {
	own := map[string]any{}
	for field, value := range typed {
		if _, isKey := strings.CutPrefix(field, "customer."); !isKey {
			own[field] = value
		}
	}
	for _, key := range []string{"number", "uscc", "name"} {
		if text, ok := typed["customer."+key].(string); ok && r.key == "" {
			r.key = cn.Name(text)
		}
	}
	for key, fallback := range belongingDefaults[p.collection] {
		own[key] = orText(own[key], fallback)
	}
	r.given = own
	r.customer = register.Check(p.collection, nil, own, p.rules)
	r.collect(p, "", r.customer)
}

var belongingDefaults = map[string]map[string]string{
	"contracts": {"state": "running"}, "orders": {"state": "placed"},
}

// rawJSON keeps what stood in the row, for mending it later. Cells of class S are sealed: they
// are kept in plain nowhere.
func (r *preparedRow) rawJSON(p *rowPlan, seal func(plain string, row, column int) ([]byte, error)) (
	string, error) {
	raw := make([]any, len(r.cells))
	for i, text := range r.cells {
		raw[i] = text
	}
	for _, c := range p.mapping.Columns {
		if c.Index >= len(raw) || r.cells[c.Index] == "" || !p.secret(c, r.cells[c.Index]) {
			continue
		}
		sealed, err := seal(r.cells[c.Index], r.number, c.Index)
		if err != nil {
			return "", err
		}
		raw[c.Index] = collections.SealedCell{Sealed: sealed}
	}
	text, err := json.Marshal(raw)
	return string(text), err
}

func (p *rowPlan) secret(c mapping.Column, text string) bool {
	kind := kindOf(p.collection, c.Field)
	return c.Field != "" && (kind == fields.Cert || kind == fields.Bank) ||
		openText(text, kind) != text
}

// describe names the fields that differ, for people.
func describe(keys []string) string {
	labels := make([]string, len(keys))
	for i, key := range keys {
		labels[i] = fields.Label(key, "zh")
	}
	if len(labels) > 5 {
		return fmt.Sprintf("%s 等%d项", strings.Join(labels[:5], "、"), len(labels))
	}
	return strings.Join(labels, "、")
}
