package collections

import "kehu/internal/fields"

// Reading is how a role reads a class of fields (roles.md).
type Reading int

// The three readings.
const (
	Absent Reading = iota
	Masked
	Plain
)

// matrix is roles.md's table of rows and classes.
var matrix = map[string]map[fields.Class]Reading{
	"sales": {fields.Basic: Plain, fields.Contact: Plain, fields.Sensitive: Masked,
		fields.Financial: Plain, fields.Notes: Plain},
	"service":   {fields.Basic: Plain, fields.Contact: Masked, fields.Notes: Plain},
	"marketing": {fields.Basic: Plain, fields.Contact: Masked},
	"finance":   {fields.Basic: Plain, fields.Contact: Masked, fields.Financial: Plain},
	"manager": {fields.Basic: Plain, fields.Contact: Plain, fields.Sensitive: Masked,
		fields.Financial: Plain, fields.Notes: Plain},
	"executive": {fields.Basic: Plain, fields.Contact: Masked, fields.Sensitive: Masked,
		fields.Financial: Plain, fields.Notes: Plain},
	"data_admin": {fields.Basic: Plain, fields.Contact: Plain, fields.Sensitive: Masked,
		fields.Financial: Plain, fields.Notes: Plain},
}

// Reads tells how a role reads a class. The stored value of class S is its mask already.
func Reads(role string, class fields.Class) Reading { return matrix[role][class] }

// ReadsField tells how a role reads one field of a record. kind is the customer's: the name of an
// individual is contact data.
func ReadsField(role string, f *fields.Field, kind string) Reading {
	class := f.Class
	if f.Collection == "customers" && kind == "individual" &&
		(f.Key == "name" || f.Key == "short_name") {
		class = fields.Contact
	}
	return Reads(role, class)
}

// ReadsAllPlain tells whether nothing but class S is withheld from a role.
func ReadsAllPlain(role string) bool {
	for _, class := range []fields.Class{fields.Basic, fields.Contact, fields.Financial,
		fields.Notes} {
		if Reads(role, class) != Plain {
			return false
		}
	}
	return true
}
