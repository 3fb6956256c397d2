package register

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/industry"
	"kehu/internal/mask"
	"kehu/internal/places"
)

// parse reads one value that is not empty.
func (c *check) parse(f *fields.Field, value any, text string) {
	if found := cn.FindSensitive(text); len(found) > 0 && f.Class != fields.Sensitive {
		c.refuse(f, sensitiveFault(found[0])) // a number of people would be kept as a size
		return
	}
	switch f.Kind {
	case fields.Text, fields.Multiline, fields.Name, fields.Address:
		c.parseText(f, text)
	case fields.Select:
		c.parseSelect(f, text)
	case fields.SelectMany:
		c.parseMany(f, value)
	case fields.Tags:
		c.parseTags(f, value)
	case fields.Money, fields.Number:
		c.parseNumber(f, value, text)
	case fields.Bool:
		c.parseBool(f, value, text)
	case fields.Date:
		c.parseDate(f, text)
	case fields.Mobile:
		c.parseMobile(f, text)
	case fields.Landline:
		c.parseLandline(f, text)
	case fields.Email:
		c.parseEmail(f, text)
	case fields.USCC:
		c.parseUSCC(f, text)
	case fields.RegNo:
		c.parseRegNo(f, text)
	case fields.Cert, fields.Bank:
		c.parseSealed(f, text)
	case fields.Industry:
		c.parseIndustry(f, text)
	case fields.Division:
		c.parseDivision(f, text)
	case fields.Staff, fields.Customer, fields.Relation, fields.Department:
		c.parseReference(f, text)
	case fields.File, fields.JSON, fields.Autodate:
		// files are checked where they are stored; JSON and dates are the product's own
	}
}

func (c *check) parseText(f *fields.Field, text string) {
	stored := cn.Text
	switch f.Kind {
	case fields.Multiline:
		stored = cn.Multiline
	case fields.Name:
		stored = cn.Name
	}
	clean := stored(text)
	if f.Max > 0 && utf8.RuneCountInString(clean) > f.Max {
		c.refuse(f, ErrTooLong.With("max", f.Max))
		return
	}
	if found := cn.FindSensitive(clean); len(found) > 0 {
		c.refuse(f, sensitiveFault(found[0]))
		return
	}
	if f.Kind == fields.Name && !c.parseName(f, &clean) {
		return
	}
	c.store(f, clean, text)
}

// parseName: names of customers and contacts are proper names; a short name may be anything.
func (c *check) parseName(f *fields.Field, clean *string) bool {
	if f.Key != "name" && f.Key != "legal_representative" {
		return true
	}
	kind := cn.OrganisationName
	if c.collection == "contacts" || f.Key == "legal_representative" ||
		c.textAfter("kind") == "individual" {
		kind = cn.PersonName
	}
	name, warnings, err := cn.ParseName(*clean, kind)
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return false
	}
	c.warn(f, warnings)
	*clean = name
	return true
}

func sensitiveFault(found cn.Finding) *fault.Fault {
	if found.Kind == cn.SensitiveCard {
		return ErrSensitiveText.With("what", "银行卡号", "what_en", "bank card number")
	}
	return ErrSensitiveText.With("what", "身份证号码", "what_en", "resident ID number")
}

func (c *check) parseSelect(f *fields.Field, text string) {
	key, found := option(f, text)
	if !found {
		c.parseBand(f, text)
		return
	}
	c.Values[f.Key] = key
	c.Originals[f.Key] = ""
	if o, _ := f.Option(key); text != o.Key && text != o.Zh && text != o.En {
		c.Originals[f.Key] = text
	}
}

// parseBand: sizes are also given as numbers; what spans two bands stays missing with the original.
func (c *check) parseBand(f *fields.Field, text string) {
	bands := map[string][]band{"headcount": headcountBands, "revenue": revenueBands}[f.Key]
	key, spans, ok := inBand(bands, cn.Text(text))
	switch {
	case bands == nil || !ok:
		c.refuse(f, ErrOption.With("value", text, "options", optionLabels(f)))
	case spans:
		c.Values[f.Key] = ""
		c.Originals[f.Key] = text
		c.Warnings[f.Key] = ErrBand.With("value", text, "options", optionLabels(f))
	default:
		c.store(f, key, text)
	}
}

// option finds a select's option by key, label or synonym; case and blanks do not matter.
func option(f *fields.Field, text string) (key string, ok bool) {
	key, ok = optionNames(f)[optionName(cn.Text(text))]
	return key, ok
}

func optionName(text string) string {
	if strings.ContainsAny(text, " \t\n") {
		text = strings.Join(strings.Fields(text), "")
	}
	return strings.ToLower(text)
}

var namesOfOptions sync.Map // *fields.Field → name → key

func optionNames(f *fields.Field) map[string]string {
	if known, ok := namesOfOptions.Load(f); ok {
		return known.(map[string]string)
	}
	names := map[string]string{}
	for _, o := range f.Options {
		for _, name := range append([]string{o.Key, o.Zh, o.En}, o.Synonyms...) {
			if _, taken := names[optionName(name)]; !taken {
				names[optionName(name)] = o.Key
			}
		}
	}
	namesOfOptions.Store(f, names)
	return names
}

func optionLabels(f *fields.Field) string {
	labels := make([]string, len(f.Options))
	for i, o := range f.Options {
		labels[i] = o.Zh
	}
	return strings.Join(labels, "、")
}

func (c *check) parseMany(f *fields.Field, value any) {
	keys := []string{}
	for _, item := range items(value) {
		key, ok := option(f, item)
		if !ok {
			c.refuse(f, ErrOption.With("value", item, "options", optionLabels(f)))
			return
		}
		keys = appendNew(keys, key)
	}
	c.Values[f.Key] = keys
}

func (c *check) parseTags(f *fields.Field, value any) {
	tags := []string{}
	for _, item := range items(value) {
		id := c.rules.Lookup.Tag(cn.Text(item))
		if id == "" {
			c.refuse(f, ErrTag.With("value", item))
			return
		}
		tags = appendNew(tags, id)
	}
	c.Values[f.Key] = tags
}

func (c *check) parseNumber(f *fields.Field, value any, text string) {
	number, isNumber := value.(float64)
	if !isNumber {
		parsed, _, err := cn.ParseAmount(text, f.Collection == "orders")
		if found, bad := fault.Of(err); bad {
			c.refuse(f, found)
			return
		}
		number = parsed.Yuan()
	} else if found := c.moneyFault(f, number); found != nil {
		c.refuse(f, found)
		return
	}
	if f.Kind == fields.Money {
		number = math.Round(number*100) / 100
	}
	if f.Max > 0 && (number < float64(f.Min) || number > float64(f.Max)) {
		c.refuse(f, ErrRange.With("min", f.Min, "max", f.Max))
		return
	}
	c.Values[f.Key] = number
	c.Originals[f.Key] = ""
	if plain := strconv.FormatFloat(number, 'f', -1, 64); !isNumber && text != plain {
		c.Originals[f.Key] = text
	}
}

// moneyFault holds an amount that comes as a number to the rules of one that comes as a text.
func (c *check) moneyFault(f *fields.Field, number float64) *fault.Fault {
	if f.Kind != fields.Money {
		return nil
	}
	amount, err := cn.AmountOf(number)
	if found, bad := fault.Of(err); bad {
		return found
	}
	if amount.Fen() < 0 && f.Collection != "orders" {
		return cn.ErrAmountNegative
	}
	return nil
}

func (c *check) parseBool(f *fields.Field, value any, text string) {
	if b, ok := value.(bool); ok {
		c.Values[f.Key] = b
		return
	}
	b, _, err := cn.ParseBool(text)
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return
	}
	c.Values[f.Key] = b
}

func (c *check) parseDate(f *fields.Field, text string) {
	date, warnings, err := cn.ParseDate(text, cn.DateOptions{Zone: c.rules.Now.Location()})
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return
	}
	today := c.rules.Now.Format("2006-01-02")
	past := f.Key == "founded" || f.Key == "granted" || c.collection == "followups" && f.Key == "date"
	if past && date.String() > today {
		c.refuse(f, ErrFuture.With("value", date))
		return
	}
	c.warn(f, warnings)
	c.store(f, date.String(), text)
}

func (c *check) parseIndustry(f *fields.Field, text string) {
	match, _, err := industry.Match(text)
	if found, bad := fault.Of(err); bad {
		c.refuse(f, found)
		return
	}
	c.Values[f.Key] = match.ID
	c.Originals[f.Key] = ""
	if i, _ := industry.Find(match.ID); text != match.ID && text != i.Name {
		c.Originals[f.Key] = text
	}
}

// parseDivision reads a division given by code or by name; what a text leaves open, deriveDivision
// may still find in the address.
func (c *check) parseDivision(f *fields.Field, text string) {
	if _, ok := places.Find(text); ok {
		c.store(f, text, text)
		return
	}
	address, _, err := places.Parse(text)
	if address.Division() == "" {
		found, _ := fault.Of(err)
		c.left(f, found)
		c.Originals[f.Key] = text
		return
	}
	c.store(f, address.Division(), text)
}

func (c *check) parseReference(f *fields.Field, text string) {
	id, unknown := "", ErrNotFound
	switch f.Kind {
	case fields.Staff:
		unknown = ErrNobody
		id = c.rules.Lookup.Staff(cn.Text(text))
	case fields.Customer:
		id = c.rules.Lookup.Customer(cn.Name(text))
	default:
		if c.rules.Lookup.Record(f.Target, text) {
			id = text
		}
	}
	if id == "" {
		c.refuse(f, unknown.With("value", text))
		return
	}
	c.Values[f.Key] = id
}

// asText is how a typed value reads. Numbers come without exponent: a phone number that JSON
// carries as a number keeps its digits.
func asText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []string, []any:
		return strings.Join(items(v), "、")
	}
	return strings.TrimSpace(fmt.Sprint(value))
}

// items are the members of a list, or of a text such as 采购、售后.
func items(value any) []string {
	var all []string
	switch v := value.(type) {
	case []string:
		all = v
	case []any:
		for _, one := range v {
			all = append(all, asText(one))
		}
	default:
		all = strings.FieldsFunc(asText(v), func(r rune) bool {
			return strings.ContainsRune("、,，;；|/\n", r)
		})
	}
	kept := all[:0:0]
	for _, one := range all {
		if one = strings.TrimSpace(one); one != "" {
			kept = append(kept, one)
		}
	}
	return kept
}

func appendNew(list []string, item string) []string {
	for _, have := range list {
		if have == item {
			return list
		}
	}
	return append(list, item)
}

func zero(f *fields.Field) any {
	switch f.Kind {
	case fields.Money, fields.Number:
		return float64(0)
	case fields.Bool:
		return false
	case fields.SelectMany, fields.Tags:
		return []string{}
	}
	return ""
}

func isZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case float64:
		return v == 0
	case bool:
		return !v
	case []string:
		return len(v) == 0
	}
	return false
}

// maskOf is what is stored in the open of a sealed value.
func maskOf(f *fields.Field, plain string) string {
	if f.Kind == fields.Bank {
		return mask.Account(plain)
	}
	return mask.Certificate(plain)
}
