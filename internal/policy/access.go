package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"kehu/internal/fields"
)

// Reading is what a role may do with a class of fields on the rows it sees (roles.md).
type Reading string

// The readings, from nothing to everything. A masked value is recognised, not read; Reveal is
// masked too, but one value at a time may be asked for with a reason.
const (
	Absent Reading = "absent"
	Masked Reading = "masked"
	Reveal Reading = "reveal"
	Read   Reading = "read"
	Write  Reading = "write"
)

// Plain tells whether the stored value is shown.
func (r Reading) Plain() bool { return r == Read || r == Write }

// Hidden tells whether not even a mask is shown. An unknown reading shows nothing.
func (r Reading) Hidden() bool { return !r.Plain() && r != Masked && r != Reveal }

// Access is the matrix of roles.md: role → class → reading. A role that it does not name reads
// nothing.
type Access map[string]map[fields.Class]Reading

// Classes are the classes of a field, in the order of the matrix.
var Classes = []fields.Class{fields.Basic, fields.Contact, fields.Sensitive, fields.Financial,
	fields.Notes}

// DefaultAccess is roles.md's own matrix.
func DefaultAccess() Access {
	line := func(basic, contact, sensitive, financial, notes Reading) map[fields.Class]Reading {
		return map[fields.Class]Reading{fields.Basic: basic, fields.Contact: contact,
			fields.Sensitive: sensitive, fields.Financial: financial, fields.Notes: notes}
	}
	return Access{
		"sales":      line(Write, Write, Masked, Read, Write),
		"service":    line(Read, Reveal, Absent, Absent, Read),
		"marketing":  line(Read, Masked, Absent, Absent, Absent),
		"finance":    line(Read, Masked, Absent, Read, Absent),
		"manager":    line(Write, Write, Reveal, Read, Write),
		"executive":  line(Read, Reveal, Reveal, Read, Read),
		"data_admin": line(Write, Write, Reveal, Write, Write),
	}
}

// Reads is a role's reading of a class.
func (a Access) Reads(role string, class fields.Class) Reading {
	if reading, ok := a[role][class]; ok {
		return reading
	}
	return Absent
}

// Readers are the roles that read a class at least so far as allowed says, in a fixed order.
func (a Access) Readers(class fields.Class, allowed func(Reading) bool) []string {
	var roles []string
	for _, role := range slices.Sorted(maps.Keys(a)) {
		if allowed(a.Reads(role, class)) {
			roles = append(roles, role)
		}
	}
	return roles
}

// ReadsAllPlain tells whether nothing but class S is withheld from a role.
func (a Access) ReadsAllPlain(role string) bool {
	return !slices.ContainsFunc(Classes, func(class fields.Class) bool {
		return class != fields.Sensitive && !a.Reads(role, class).Plain()
	})
}

// UnmarshalJSON changes only what is given: a role or a class that is left out keeps its default.
func (a *Access) UnmarshalJSON(text []byte) error {
	given := map[string]map[fields.Class]Reading{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&given); err != nil {
		return err
	}
	if *a == nil {
		*a = DefaultAccess()
	}
	for role, line := range given {
		if (*a)[role] == nil {
			(*a)[role] = map[fields.Class]Reading{}
		}
		maps.Copy((*a)[role], line)
	}
	return nil
}

// possible are the readings that each class can have. What a note holds has no mask, basic data
// are what a row is known by, and S is never read plain but through the reveal of one value.
var possible = map[fields.Class][]Reading{
	fields.Basic:     {Read, Write},
	fields.Contact:   {Absent, Masked, Reveal, Read, Write},
	fields.Sensitive: {Absent, Masked, Reveal},
	fields.Financial: {Absent, Masked, Read, Write},
	fields.Notes:     {Absent, Read, Write},
}

// revealers of class S: manager and above.
var revealers = []string{"manager", "executive", "data_admin"}

// check holds the matrix to what no company can change: S is opened by nobody below a manager, and
// a data administrator keeps everything, so that nobody can lock out the last one.
func (a Access) check() error {
	defaults := DefaultAccess()
	for _, role := range slices.Sorted(maps.Keys(a)) {
		if defaults[role] == nil {
			return because("没有名为“%s”的角色", "role %q is not known", role)
		}
		for class, reading := range a[role] {
			if !slices.Contains(Classes, class) {
				return because("没有名为“%s”的信息类别，只有 B、C、S、F、N", "class %q is not one of B, C, S, F, N", class)
			}
			if !slices.Contains(possible[class], reading) {
				return because("%s 类信息对角色 %s 不能设为“%s”", "%s of %s cannot be %q", class, role, reading)
			}
		}
		if a[role][fields.Sensitive] == Reveal && !slices.Contains(revealers, role) {
			return because("部门负责人以下的角色（%s）不能查看敏感信息",
				"class S is never opened below a manager, and %s is below", role)
		}
	}
	if !maps.Equal(a["data_admin"], defaults["data_admin"]) {
		return because("数据管理的权限不能更改", "a data administrator's own rights cannot be changed")
	}
	return nil
}
