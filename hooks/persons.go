package hooks

import (
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/approval"
)

// ownerMark is the mark of the system's owner: every superuser linked to nobody, and the command
// line. Two such accounts are one person, so that nobody decides their own through a second one.
const ownerMark = "owner"

// person is who stands behind an account.
type person struct {
	approval.Candidate
	Staff string // id, "" for the owner
	Name  string
}

// personOf finds the person behind the account that a request came with, from the database as it
// is now. A superuser whose e-mail belongs to a member of staff is that member.
func personOf(app core.App, auth *core.Record) person {
	if auth == nil {
		return person{}
	}
	if auth.IsSuperuser() {
		staff := staffByEmail(app, auth.Email())
		if staff == nil {
			return person{Name: auth.Email(), Candidate: approval.Candidate{Role: "data_admin",
				Active: true, Marks: []string{ownerMark, "superuser:" + auth.Id, mailMark(auth)}}}
		}
		p := memberOf(staff)
		p.Marks = append(p.Marks, "superuser:"+auth.Id)
		return p
	}
	staff, err := app.FindRecordById("staff", auth.Id)
	if err != nil {
		return person{}
	}
	return memberOf(staff)
}

func memberOf(staff *core.Record) person {
	return person{Staff: staff.Id, Name: staff.GetString("name"), Candidate: approval.Candidate{
		Marks: []string{"staff:" + staff.Id, mailMark(staff)}, Role: staff.GetString("role"),
		Department: staff.GetString("department"), Active: staff.GetBool("active")}}
}

func mailMark(account *core.Record) string {
	return "mail:" + strings.ToLower(strings.TrimSpace(account.Email()))
}

func staffByEmail(app core.App, email string) *core.Record {
	found := []*core.Record{}
	err := app.RecordQuery("staff").AndWhere(dbx.NewExp("lower(email) = {:email}",
		dbx.Params{"email": strings.ToLower(strings.TrimSpace(email))})).Limit(1).All(&found)
	if err != nil || len(found) == 0 || email == "" {
		return nil
	}
	return found[0]
}

// deciders are the members of staff who could decide something: active managers and data
// administrators. The owner's account is for emergencies and does not count: there always is one.
func deciders(app core.App) ([]person, error) {
	members, err := app.FindRecordsByFilter("staff",
		"active = true && (role = 'manager' || role = 'data_admin')", "", 0, 0)
	if err != nil {
		return nil, err
	}
	all := make([]person, 0, len(members))
	for _, staff := range members {
		all = append(all, memberOf(staff))
	}
	return all, nil
}

// requesterMarks are the marks of who asked, as they were then and as they are now: neither an
// e-mail nor a link that was changed meanwhile makes another person.
func requesterMarks(app core.App, request *core.Record) []string {
	marks := []string{request.GetString("requested_by")}
	var then []string
	if err := request.UnmarshalJSONField("persons", &then); err == nil {
		marks = append(marks, then...)
	}
	if id := request.GetString("requester"); id != "" {
		if staff, err := app.FindRecordById("staff", id); err == nil {
			marks = append(marks, memberOf(staff).Marks...)
		}
	}
	return marks
}

// pathOf is the chain of departments that a request is about: the customer's as it is now.
func pathOf(app core.App, request *core.Record) (string, error) {
	db := collections.Through(app.DB())
	department := request.GetString("department")
	if customer := request.GetString("customer"); customer != "" {
		current, found, err := collections.DepartmentOfCustomer(db, customer)
		if err != nil {
			return "", err
		}
		if found {
			department = current
		}
	}
	return collections.DepartmentPath(db, department)
}
