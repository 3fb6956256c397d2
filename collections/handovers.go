package collections

import (
	"encoding/json"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	ids["handovers"] = "kehuhandovers00"
	core.AppMigrations.Register(createHandovers, nil, "1764000061_handovers.go")
}

func createHandovers(app core.App) error {
	return create(app, "handovers", []core.Field{
		relation("from", "staff", "移交人", true), relation("to", "staff", "接收人", true),
		jsonField("customers", "客户"), jsonField("tasks", "待办"), jsonField("requests", "申请"),
		text("by", "由谁移交", 100), text("by_name", "姓名", 100),
		relation("department", "departments", "部门", false),
		&core.DateField{Name: "at", Help: "移交时间"}, &core.DateField{Name: "undone", Help: "撤销时间"},
		text("undone_by", "由谁撤销", 100), text("undone_by_name", "姓名", 100),
	}, indexOn("idx_handovers_created", "handovers", "created", ""),
		indexOn("idx_handovers_from", "handovers", "`from`", ""))
}

// OwnedBy lists a member's customers, all of them or those among the wanted.
func OwnedBy(db DB, staff string, wanted []string) ([]string, error) {
	if wanted == nil {
		return column(db, "SELECT id FROM customers WHERE owner = ? ORDER BY id", staff)
	}
	return column(db, `SELECT id FROM customers WHERE owner = ? AND id IN
		(SELECT value FROM json_each(?)) ORDER BY id`, staff, jsonList(wanted...))
}

// Outside counts the customers of a list that stand outside of the departments.
func Outside(db DB, customers, departments []string) (n int, err error) {
	_, err = one(db, []any{&n}, `SELECT count(*) FROM customers WHERE id IN
		(SELECT value FROM json_each(?)) AND department NOT IN (SELECT value FROM json_each(?))`,
		jsonList(customers...), jsonList(departments...))
	return n, err
}

// OpenWork lists what is open of a member in a table, all of it or what concerns some customers.
// person is the column that names the member.
func OpenWork(db DB, table, person, staff string, customers []string) ([]string, error) {
	statement := "SELECT id FROM `" + table + "` WHERE `" + person + "` = ? AND state = 'open'"
	if customers == nil {
		return column(db, statement+" ORDER BY id", staff)
	}
	return column(db, statement+" AND customer IN (SELECT value FROM json_each(?)) ORDER BY id",
		staff, jsonList(customers...))
}

// GiveCustomers makes a member the owner of customers that another one has, and answers which of
// them those were. Their department follows.
func GiveCustomers(db DB, list []string, from, to, department string) ([]string, error) {
	given, err := OwnedBy(db, from, list)
	if err != nil {
		return nil, err
	}
	if department == "" {
		err = db.Exec(`UPDATE customers SET owner = ?, updated = `+sqlNow+` WHERE id IN
			(SELECT value FROM json_each(?))`, to, jsonList(given...))
	} else {
		err = db.Exec(`UPDATE customers SET owner = ?, department = ?, updated = `+sqlNow+` WHERE id IN
			(SELECT value FROM json_each(?))`, to, department, jsonList(given...))
	}
	if err != nil {
		return nil, err
	}
	for _, id := range given {
		if err := Reindex(db, id); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// GiveWork names another member in a column of records that are still open and still one's own.
func GiveWork(db DB, table, person string, list []string, from, to string) error {
	return db.Exec("UPDATE `"+table+"` SET `"+person+"` = ?, updated = "+sqlNow+" WHERE `"+person+"` = ? "+
		"AND state = 'open' AND id IN (SELECT value FROM json_each(?))", to, from, jsonList(list...))
}

// Handover is one as it is stored.
type Handover struct {
	ID, From, To, Department, At, Undone string
	Customers, Tasks, Requests           []string
}

// ReadHandover reads one; nil where there is none.
func ReadHandover(db DB, id string) (*Handover, error) {
	h := &Handover{ID: id}
	lists := [3]string{}
	found, err := one(db, []any{&h.From, &h.To, &h.Department, &h.At, &h.Undone, &lists[0], &lists[1], &lists[2]},
		"SELECT `from`, `to`, department, at, undone, customers, tasks, requests FROM handovers WHERE id = ?", id)
	if err != nil || !found {
		return nil, err
	}
	for i, into := range []*[]string{&h.Customers, &h.Tasks, &h.Requests} {
		if err := json.Unmarshal([]byte(lists[i]), into); err != nil {
			return nil, err
		}
	}
	return h, nil
}
