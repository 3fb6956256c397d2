package policy

import (
	"slices"

	"kehu/internal/fields"
)

// ChangeClass says how a field of an active customer is changed (R7.2).
type ChangeClass string

// The classes: edited in place, decided by the department's manager, by data management.
const (
	Free      ChangeClass = "free"
	Ordinary  ChangeClass = "ordinary"
	Important ChangeClass = "important"
)

// ChangeClasses lists the fields whose class is not what their kind gives: notes are free,
// sensitive numbers important, all else ordinary. "contacts" is a contact as a whole.
type ChangeClasses struct {
	Free      []string `json:"free"`
	Ordinary  []string `json:"ordinary"`
	Important []string `json:"important"`
}

func defaultChangeClasses() ChangeClasses {
	return ChangeClasses{
		Free:     []string{"tags", "stage", "intention", "products", "purchased", "paper_ref"},
		Ordinary: []string{"contacts"},
		Important: []string{"name", "kind", "industry", "uscc", "legal_representative", "cert_no",
			"bank_account"},
	}
}

// Of is the class of a field: "key" of customers or "collection.key".
func (c ChangeClasses) Of(path string) ChangeClass {
	collection, key := fields.Split(path)
	f, known := fields.Get(collection, key)
	switch {
	case slices.Contains(c.Important, path):
		return Important
	case slices.Contains(c.Ordinary, path):
		return Ordinary
	case slices.Contains(c.Free, path):
		return Free
	case known && f.Class == fields.Sensitive:
		return Important
	case known && f.Class == fields.Notes:
		return Free
	}
	return Ordinary
}

func (c ChangeClasses) check() error {
	all := slices.Concat(c.Free, c.Ordinary, c.Important)
	for i, path := range all {
		collection, key := fields.Split(path)
		f, ok := fields.Get(collection, key)
		if path != "contacts" && (!ok || f.System) {
			return because("没有名为“%s”的字段", "field %q is not known", path)
		}
		if ok && f.Class == fields.Sensitive && !slices.Contains(c.Important, path) {
			return because("「%s」只能由数据管理审批", "field %q stays important", path)
		}
		if slices.Contains(all[:i], path) {
			return because("「%s」不能同时属于两个级别", "field %q is in two classes", path)
		}
	}
	return nil
}
