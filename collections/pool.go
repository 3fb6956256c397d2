package collections

import (
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"
)

func init() {
	core.AppMigrations.Register(createPool, nil, "1764000141_pool.go")
}

// poolTables: what lies in the shared pool and who had it, and who took what (decision 22). A customer
// that gets an owner in whatever way, or that leaves the register, is out of the pool.
var poolTables = []string{
	`CREATE TABLE IF NOT EXISTS kehu_pool (customer TEXT PRIMARY KEY, lost_by TEXT NOT NULL,
		since TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS kehu_claims (staff TEXT NOT NULL, day TEXT NOT NULL, customer TEXT NOT NULL,
		department TEXT NOT NULL, PRIMARY KEY (staff, day, customer)) WITHOUT ROWID`,
	`CREATE INDEX IF NOT EXISTS kehu_claims_customer ON kehu_claims (customer)`,
	`CREATE TRIGGER IF NOT EXISTS kehu_pool_owned AFTER UPDATE OF owner ON customers WHEN NEW.owner != '' BEGIN
		DELETE FROM kehu_pool WHERE customer = NEW.id;
	END`,
	`CREATE TRIGGER IF NOT EXISTS kehu_pool_gone AFTER DELETE ON customers BEGIN
		DELETE FROM kehu_pool WHERE customer = OLD.id;
		DELETE FROM kehu_claims WHERE customer = OLD.id;
	END`,
}

func createPool(app core.App) error {
	return execAll(Through(app.NonconcurrentDB()), poolTables)
}

// Neglected is a customer that nobody followed up: whose it is, and since when.
type Neglected struct{ ID, Number, Name, Kind, Owner, Since string }

// followedUp is the last day on which somebody did something with a customer: business and contact as for
// the archive, and the day on which it got its owner.
const followedUp = "max(" + sinceWhen + `, coalesce((SELECT max(substr(h.at, 1, 10)) FROM changes h
	WHERE h.record = c.id AND h.field = 'owner'), ''))`

// neglect is the condition that nobody followed up an active customer after a day, named four times, and
// that nothing of it is open. Its first lines need no other table.
const neglect = `c.status = 'active' AND c.owner != '' AND substr(c.created, 1, 10) <= ?
	AND c.last_deal <= ? AND c.last_contact <= ?
	AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.customer = c.id AND t.state != 'done')
	AND NOT EXISTS (SELECT 1 FROM contracts k WHERE k.customer = c.id AND k.state = 'running')
	AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.customer = c.id AND a.customer != '' AND a.state = 'open')
	AND ` + followedUp + ` <= ?`

const selectNeglected = "SELECT c.id, c.number, c.name, c.kind, c.owner, " + followedUp + " FROM customers c WHERE "

// NeglectedCustomers finds, among the customers entered after one place and up to another, those that
// nobody followed up after a day.
func NeglectedCustomers(db DB, after, upTo int64, day string) ([]Neglected, error) {
	return neglected(db, selectNeglected+"c.doc > ? AND c.doc <= ? AND "+neglect+" ORDER BY c.doc",
		after, upTo, day, day, day, day)
}

// DueForPool are those whose owner was told, and who have let the time go by.
func DueForPool(db DB, day, now string, limit int) ([]Neglected, error) {
	return neglected(db, selectNeglected+"c.id IN (SELECT t.customer FROM tasks t WHERE "+notice+" AND t.due < ?) AND "+
		neglect+" AND EXISTS (SELECT 1 FROM tasks t WHERE t.`key` != '' AND t.`key` = "+noticeOf+") LIMIT ?", now, day, day, day, day, limit)
}

// StillDue reads one of them again.
func StillDue(db DB, id, day string) (*Neglected, error) {
	found, err := neglected(db, selectNeglected+"c.id = ? AND "+neglect, id, day, day, day, day)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func neglected(db DB, query string, args ...any) ([]Neglected, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Neglected
	for rows.Next() {
		var n Neglected
		if err := rows.Scan(&n.ID, &n.Number, &n.Name, &n.Kind, &n.Owner, &n.Since); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// NoticeKey begins the key of the task by which an owner is told; customer and day follow.
const NoticeKey = "pool:"

// The plus keeps the planner from the index of the state: nearly every task of a large register is open.
const (
	notice   = "t.`key` != '' AND t.`key` > 'pool:' AND t.`key` < 'pool;' AND +t.state = 'open'"
	noticeOf = "'" + NoticeKey + "' || c.id || ':' || " + followedUp
)

// Of the notices those that no longer say what will be: somebody followed up, or the customer is another's.
const notDue = " AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = t.customer AND c.status = 'active' " +
	"AND c.owner = t.assignee AND t.`key` = " + noticeOf + ")"

// OpenNotices are the ids of all notices; with stale of those that no longer say what will be.
func OpenNotices(db DB, stale bool) ([]string, error) {
	query := "SELECT t.id FROM tasks t WHERE " + notice
	if stale {
		query += notDue
	}
	return column(db, query)
}

// EndNotices ends those of them that are open yet; with stale only what does not say what will be.
func EndNotices(db DB, ids []string, stale bool, at string) error {
	statement := "UPDATE tasks AS t SET state = 'cancelled', done_by = 'system', done_at = ?, updated = ? " +
		"WHERE t.id IN (SELECT value FROM json_each(?)) AND +t.state = 'open'"
	if stale {
		statement += notDue
	}
	return db.Exec(statement, at, at, jsonList(ids...))
}

// EndNotice is the end of a customer's notices by the act itself.
func EndNotice(db DB, customer, by, at string) error {
	return db.Exec(closeTask+"customer = ? AND kind = 'followup' AND `key` LIKE 'pool:%'", by, at, at, customer)
}

// ToPool takes a customer from its owner; what was open of it waits for the next one.
func ToPool(db DB, n Neglected, at string) error {
	return errors.Join(
		db.Exec("UPDATE customers SET owner = '', updated = ? WHERE id = ?", at, n.ID),
		db.Exec("INSERT OR REPLACE INTO kehu_pool (customer, lost_by, since, at) VALUES (?, ?, ?, ?)",
			n.ID, n.Owner, n.Since, at),
		EndNotice(db, n.ID, "system", at),
		db.Exec("UPDATE tasks SET assignee = '', updated = ? WHERE customer = ? AND +assignee = ? AND +state = 'open'",
			at, n.ID, n.Owner),
		Reindex(db, n.ID))
}

// Pooled is a customer in the pool.
type Pooled struct {
	ID, Number, Name, Kind, Stage, Tier, Industry, Department string
	LostBy, Since, At                                         string
}

// The join keeps its order: without an owner are all that were never given one.
const pooled = `SELECT c.id, c.number, c.name, c.kind, c.stage, c.tier, c.industry, c.department,
	p.lost_by, p.since, p.at FROM kehu_pool p CROSS JOIN customers c ON c.id = p.customer
	WHERE c.status = 'active' AND c.owner = ''`

// PoolOf lists the pool of some departments, what came last first; with every, of all.
func PoolOf(db DB, departments []string, every bool, offset, limit int) ([]Pooled, error) {
	return readPool(db, pooled+" AND (? OR c.department IN (SELECT value FROM json_each(?))) ORDER BY p.at DESC, c.id "+
		"LIMIT ? OFFSET ?", every, jsonList(departments...), limit, offset)
}

// InPool reads one; nil where it is not there.
func InPool(db DB, customer string) (*Pooled, error) {
	found, err := readPool(db, pooled+" AND c.id = ?", customer)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func readPool(db DB, query string, args ...any) ([]Pooled, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Pooled
	for rows.Next() {
		var p Pooled
		if err := rows.Scan(&p.ID, &p.Number, &p.Name, &p.Kind, &p.Stage, &p.Tier, &p.Industry, &p.Department,
			&p.LostBy, &p.Since, &p.At); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// Claims counts what a member took on a day.
func Claims(db DB, staff, day string) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(*) FROM kehu_claims WHERE staff = ? AND day = ?", staff, day)
	return n, err
}

// ClaimedIn is whether a customer was taken out of the pool of one of the departments.
func ClaimedIn(db DB, customer string, departments []string) (bool, error) {
	var id string
	return one(db, []any{&id}, `SELECT c.id FROM customers c WHERE c.id = ? AND c.owner != ''
		AND EXISTS (SELECT 1 FROM kehu_claims k WHERE k.customer = c.id
			AND k.department IN (SELECT value FROM json_each(?)))`, customer, jsonList(departments...))
}

// Claim gives a customer of the pool to a member. The caller has read it in the same transaction.
func Claim(db DB, p *Pooled, staff, department, day, at string) error {
	if department == "" {
		department = p.Department
	}
	return errors.Join(
		db.Exec("UPDATE customers SET owner = ?, department = ?, updated = ? WHERE id = ?", staff, department, at, p.ID),
		db.Exec("INSERT OR IGNORE INTO kehu_claims (staff, day, customer, department) VALUES (?, ?, ?, ?)",
			staff, day, p.ID, p.Department),
		db.Exec("UPDATE tasks SET assignee = ?, updated = ? WHERE customer = ? AND +assignee = '' AND +state = 'open'",
			staff, at, p.ID),
		Reindex(db, p.ID))
}

// NoticeTask is the key of the task that tells an owner.
func (n Neglected) NoticeTask() string { return fmt.Sprintf("%s%s:%s", NoticeKey, n.ID, n.Since) }
