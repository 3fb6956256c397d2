// Package policy holds what a company may want otherwise: typed policies, each with its default
// and its check. A policy that nobody changed has no record; its default counts.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/serial"
	"kehu/internal/tier"
)

// Faults of a policy.
var (
	ErrUnknown = fault.Define("policy_unknown", "没有名为「{key}」的策略",
		"There is no policy named “{key}”")
	ErrValue = fault.Define("policy_value", "策略「{name}」的取值不正确：{why}",
		"The value of the policy “{key}” is wrong: {why_en}")
)

// Company is who runs the register.
type Company struct {
	Name     string `json:"name"`
	TimeZone string `json:"time_zone"` // IANA name
	Open     string `json:"open"`      // 09:00
	Close    string `json:"close"`     // 18:00
}

// Location is the company's time zone.
func (c Company) Location() *time.Location {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	return zone
}

// Numbering holds the patterns of house numbers (R2.2).
type Numbering struct {
	Customers string `json:"customers"`
	Contracts string `json:"contracts"`
	Tickets   string `json:"tickets"`
}

// Required is R1.7's table: kind → stage → fields. The stage "always" counts at every stage. A
// field is "key", "collection.key", or alternatives parted by "|" of which one is enough.
type Required map[string]map[string][]string

// Of lists what a customer of that kind and stage needs.
func (r Required) Of(kind, stage string) []string {
	return slices.Concat(r[kind]["always"], r[kind][stage])
}

// Collected says whether a sensitive field may be collected (R6.4).
type Collected string

// The three answers; optional and required need a recorded consent.
const (
	Off       Collected = "off"
	Optional  Collected = "optional"
	Mandatory Collected = "required"
)

// Sensitive is field → kind of customer → may it be collected.
type Sensitive struct {
	Fields    map[string]map[string]Collected `json:"fields"`
	Custodian string                          `json:"custodian"`
}

// Imports bounds what is kept of an import.
type Imports struct {
	KeepDays int `json:"keep_days"` // the workbook, encrypted
}

// Exports bounds what is kept of an export.
type Exports struct {
	KeepDays int `json:"keep_days"`
}

// Set is every policy, typed.
type Set struct {
	Company       Company       `json:"company"`
	Numbering     Numbering     `json:"numbering"`
	Required      Required      `json:"required_fields"`
	Fields        []string      `json:"fields"` // optional fields that this company does not collect
	Sensitive     Sensitive     `json:"sensitive"`
	Duplicates    Duplicates    `json:"duplicates"`
	Imports       Imports       `json:"imports"`
	Exports       Exports       `json:"exports"`
	Review        Review        `json:"review"`
	ChangeClasses ChangeClasses `json:"change_classes"`
	SLA           SLA           `json:"sla"`
	Reminders     Reminders     `json:"reminders"`
	Notify        Notify        `json:"notify"`
	Alarms        Alarms        `json:"alarms"`
	Access        Access        `json:"access"`
	Audit         Audit         `json:"audit"`
	Backups       Backups       `json:"backups"`
	SignIn        SignIn        `json:"signin"`
	Reveals       Reveals       `json:"reveal"`
	Archive       Archive       `json:"archive"`
	Pool          Pool          `json:"pool"`
	Tiers         tier.Rules    `json:"tiers"`
	ValueLevels   tier.Value    `json:"value"`
	Cycle         tier.Cycle    `json:"cycle"`
}

// Tiering are the three policies by which customers are classified (R5.3–R5.5).
func (s *Set) Tiering() tier.Policy {
	return tier.Policy{Rules: s.Tiers, Value: s.ValueLevels, Cycle: s.Cycle}
}

// Collects tells whether the company collects a field of customers ("key") or of a belonging.
func (s *Set) Collects(path string) bool { return !slices.Contains(s.Fields, path) }

// Defaults are the policies of a company that changed nothing.
func Defaults() Set {
	reach := "mobile|landline|email|contacts.mobile|contacts.landline|contacts.email"
	firm := map[string][]string{
		"always":    {"name", "kind", reach, "contacts.name", "industry"},
		"potential": {"headcount|revenue", "current_need"},
		"intent":    {"headcount|revenue", "current_need", "intention"},
		"won": {"headcount|revenue", "current_need", "intention", "contracts.number",
			"contracts.amount", "contracts.starts", "contracts.ends", "satisfaction"},
	}
	person := map[string][]string{
		"always":    {"name", "kind", reach},
		"potential": {"current_need"},
		"intent":    {"current_need", "intention"},
		"won": {"current_need", "intention", "contracts.number", "contracts.amount",
			"contracts.starts", "contracts.ends", "satisfaction"},
	}
	return Set{
		Company: Company{Name: "", TimeZone: "Asia/Shanghai", Open: "09:00", Close: "18:00"},
		Numbering: Numbering{Customers: "KH-{YYYY}{MM}{SEQ:3}", Contracts: "HT{YYYY}{SEQ:3}",
			Tickets: "GW{YYYY}{SEQ:3}"},
		Required: Required{"enterprise": firm, "institution": firm, "individual": person},
		Fields:   []string{},
		Sensitive: Sensitive{Fields: map[string]map[string]Collected{
			"cert_no":      {"individual": Optional, "enterprise": Off, "institution": Off},
			"bank_account": {"individual": Optional, "enterprise": Optional, "institution": Optional},
		}},
		Duplicates: defaultDuplicates(),
		Imports:    Imports{KeepDays: 30}, Exports: Exports{KeepDays: 7}, Reveals: DefaultReveals(),
		Access:  DefaultAccess(),
		Audit:   DefaultAudit(),
		Backups: defaultBackups(),
		SignIn:  defaultSignIn(),
		Review:  defaultReview(), ChangeClasses: defaultChangeClasses(), SLA: defaultSLA(),
		Reminders: defaultReminders(), Notify: defaultNotify(), Archive: defaultArchive(),
		Alarms: defaultAlarms(), Pool: defaultPool(),
		Tiers: tier.Defaults().Rules, ValueLevels: tier.Defaults().Value, Cycle: tier.Defaults().Cycle,
	}
}

// Keys lists the policies in a fixed order.
func Keys() []string {
	return []string{"company", "numbering", "required_fields", "fields", "sensitive", "duplicates",
		"imports", "exports", "reveal", "access", "audit", "backups", "signin", "review", "change_classes", "sla",
		"reminders", "notify", "archive", "pool", "alarms", "tiers", "value", "cycle"}
}

// place is where a key's value lives in a set.
func (s *Set) place(key string) any {
	switch key {
	case "company":
		return &s.Company
	case "numbering":
		return &s.Numbering
	case "required_fields":
		return &s.Required
	case "fields":
		return &s.Fields
	case "sensitive":
		return &s.Sensitive
	case "duplicates":
		return &s.Duplicates
	case "imports":
		return &s.Imports
	case "exports":
		return &s.Exports
	case "reveal":
		return &s.Reveals
	case "access":
		return &s.Access
	case "audit":
		return &s.Audit
	case "backups":
		return &s.Backups
	case "signin":
		return &s.SignIn
	case "review":
		return &s.Review
	case "change_classes":
		return &s.ChangeClasses
	case "sla":
		return &s.SLA
	case "reminders":
		return &s.Reminders
	case "notify":
		return &s.Notify
	case "archive":
		return &s.Archive
	case "pool":
		return &s.Pool
	case "alarms":
		return &s.Alarms
	case "tiers":
		return &s.Tiers
	case "value":
		return &s.ValueLevels
	case "cycle":
		return &s.Cycle
	}
	return nil
}

// Value is one policy of the set as JSON.
func (s *Set) Value(key string) (json.RawMessage, error) {
	place := s.place(key)
	if place == nil {
		return nil, ErrUnknown.With("key", key)
	}
	return json.Marshal(place)
}

// Put reads one policy into the set and checks it; the set is unchanged when it errs. Keys of the
// value that are left out keep their default.
func (s *Set) Put(key string, value []byte) error {
	next := Defaults()
	next.Tiers = nil // rules are read whole: what a rule leaves out is not the default's of its place
	place := next.place(key)
	if place == nil {
		return ErrUnknown.With("key", key)
	}
	if err := strict(value, place); err != nil {
		return wrong(key, err)
	}
	if err := next.check(key); err != nil {
		return wrong(key, err)
	}
	copyPolicy(s, &next, key)
	return nil
}

// because says what is wrong, in Chinese and English, which are filled from the same values.
func because(zh, en string, values ...any) error { return fault.Because(zh, en, values...) }

// about says where what is wrong stands.
func about(zh, en, where string, err error) error {
	whyZh, whyEn := fault.Why(err)
	return fault.Reason{Zh: fmt.Sprintf(zh, where) + whyZh, En: fmt.Sprintf(en, where) + whyEn}
}

// beyond says of a number that it is out of its bounds, by the words of the part.
func beyond(path string, n, low, high any) error {
	zh, en := labelOf(path, "")
	return fault.Reason{Zh: fmt.Sprintf("「%s」须在%v到%v之间，不能是%v", zh, low, high, n),
		En: fmt.Sprintf("%s: %v is not between %v and %v", en, n, low, high)}
}

// wrong is the fault of a value.
func wrong(key string, err error) error {
	zh, en := fault.Why(err)
	name, _ := labelOf(key, key)
	return ErrValue.With("key", key, "name", name, "why", zh, "why_en", en)
}

// strict decodes a value that holds no key unknown to us.
func strict(value []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return unreadable(err)
	}
	return nil
}

// kindWords say what a value should be.
var kindWords = map[reflect.Kind][2]string{
	reflect.String: {"文本", "a text"}, reflect.Bool: {"是或否", "true or false"}, reflect.Slice: {"列表", "a list"},
	reflect.Map: {"一组内容", "a group of values"}, reflect.Struct: {"一组内容", "a group of values"},
}

// unreadable says in people's words why a value was not understood.
func unreadable(err error) error {
	var kind *json.UnmarshalTypeError
	const unknown = "json: unknown field "
	switch {
	case errors.As(err, &kind):
		words, known := kindWords[kind.Type.Kind()]
		if !known {
			words = [2]string{"数字", "a number"}
		}
		if kind.Field == "" {
			return because("须是%[1]s", "%[2]s is wanted", words[0], words[1])
		}
		return because("「%[3]s」须是%[1]s", "%[3]s: %[2]s is wanted", words[0], words[1], kind.Field)
	case strings.HasPrefix(err.Error(), unknown):
		name := strings.Trim(strings.TrimPrefix(err.Error(), unknown), `"`)
		return because("没有名为「%s」的项", "there is no part “%s”", name)
	}
	return because("内容不完整，或不是 JSON", "the value is incomplete, or no JSON")
}

// copyPolicy takes over a value as it is: decoding into what is there would write through lists and
// maps that other sets share.
func copyPolicy(to, from *Set, key string) {
	reflect.ValueOf(to.place(key)).Elem().Set(reflect.ValueOf(from.place(key)).Elem())
}

func (s *Set) check(key string) error {
	switch key {
	case "company":
		return s.Company.check()
	case "numbering":
		return s.Numbering.check()
	case "required_fields":
		return s.Required.check()
	case "fields":
		return s.checkFields()
	case "sensitive":
		return s.Sensitive.check()
	case "duplicates":
		return s.Duplicates.check()
	case "imports":
		return between("imports.keep_days", s.Imports.KeepDays, 1, 3650)
	case "exports":
		return between("exports.keep_days", s.Exports.KeepDays, 1, 365)
	case "reveal":
		return s.Reveals.check()
	case "audit":
		return s.Audit.check()
	case "access":
		return s.Access.check()
	case "backups":
		return s.Backups.check()
	case "signin":
		return s.SignIn.check()
	case "review":
		return s.Review.check()
	case "change_classes":
		return s.ChangeClasses.check()
	case "sla":
		return s.SLA.check()
	case "reminders":
		return s.Reminders.check()
	case "notify":
		return s.Notify.check()
	case "archive":
		return s.Archive.check()
	case "pool":
		return s.Pool.check()
	case "alarms":
		return s.Alarms.check()
	case "tiers":
		return s.Tiers.Check()
	case "value":
		return s.ValueLevels.Check()
	case "cycle":
		return s.Cycle.Check()
	}
	return nil
}

func between(path string, n, low, high int) error {
	if n < low || n > high {
		return beyond(path, n, low, high)
	}
	return nil
}

func (c Company) check() error {
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" {
		return because("时区“%s”不正确，请写成 Asia/Shanghai 这样的名称",
			"time_zone %q is not an IANA zone such as Asia/Shanghai", c.TimeZone)
	}
	opens, err := time.Parse("15:04", c.Open)
	closes, err2 := time.Parse("15:04", c.Close)
	if err != nil || err2 != nil || !opens.Before(closes) {
		return because("上班时间“%s”须早于下班时间“%s”，写成 09:00、18:00",
			"open %q and close %q are not hours such as 09:00 and 18:00", c.Open, c.Close)
	}
	return nil
}

func (n Numbering) check() error {
	for _, pattern := range []string{n.Customers, n.Contracts, n.Tickets} {
		if _, err := serial.Parse(pattern); err != nil {
			return err
		}
	}
	return nil
}

func (r Required) check() error {
	for kind, stages := range r {
		if _, ok := fields.MustGet("customers", "kind").Option(kind); !ok {
			return because("没有名为“%s”的客户类型", "kind %q is not known", kind)
		}
		for stage, wanted := range stages {
			_, ok := fields.MustGet("customers", "stage").Option(stage)
			if !ok && stage != "always" {
				return because("没有名为“%s”的合作阶段", "stage %q is not known", stage)
			}
			if err := knownPaths(wanted); err != nil {
				return err
			}
		}
	}
	return nil
}

func knownPaths(wanted []string) error {
	for _, alternatives := range wanted {
		for _, path := range strings.Split(alternatives, "|") {
			collection, key := fields.Split(path)
			if _, ok := fields.Get(collection, key); !ok {
				return because("没有名为“%s”的字段，请写字段代号，如 mobile、contacts.name", "field %q is not known", path)
			}
		}
	}
	return nil
}

func (s *Set) checkFields() error {
	if err := knownPaths(s.Fields); err != nil {
		return err
	}
	for _, path := range s.Fields {
		collection, key := fields.Split(path)
		if f := fields.MustGet(collection, key); f.Required || f.System {
			return because("「%s」是必需的，不能不收集", "field %q cannot be left out", path)
		}
	}
	return nil
}

func (s Sensitive) check() error {
	for field, kinds := range s.Fields {
		if f, ok := fields.Get("customers", field); !ok || f.Class != fields.Sensitive {
			return because("“%s”不是敏感信息", "field %q is not a sensitive field", field)
		}
		for kind, answer := range kinds {
			if _, ok := fields.MustGet("customers", "kind").Option(kind); !ok {
				return because("没有名为“%s”的客户类型", "kind %q is not known", kind)
			}
			if !slices.Contains([]Collected{Off, Optional, Mandatory}, answer) {
				return because("“%s”须为 off、optional 或 required", "%q is not off, optional or required", answer)
			}
		}
	}
	return nil
}
