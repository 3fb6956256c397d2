package collections

// Quiet is a customer without business and contact: since when, and its last contact.
type Quiet struct{ ID, Since, LastContact string }

const sinceWhen = `max(substr(c.created, 1, 10), c.last_deal, c.last_contact,
	coalesce((SELECT max(substr(t.closed, 1, 10), substr(t.opened, 1, 10)) FROM tickets t
		WHERE t.customer = c.id ORDER BY 1 DESC LIMIT 1), ''),
	coalesce((SELECT max(k.ends, k.signed) FROM contracts k WHERE k.customer = c.id
		AND k.state != 'cancelled' ORDER BY 1 DESC LIMIT 1), ''))`

// QuietCustomers finds, among the customers entered after one place and up to another, the active
// ones whose latest deal, contact, ticket, contract's end and creation lie no later than a day, with
// nothing open. One about whose archiving was decided after that day is left in peace.
func QuietCustomers(db DB, after, upTo int64, day string, limit int) ([]Quiet, error) {
	rows, err := db.Query(`SELECT c.id, `+sinceWhen+`, c.last_contact FROM customers c
		WHERE c.doc > ? AND c.doc <= ? AND c.status = 'active'
		AND substr(c.created, 1, 10) <= ? AND c.last_deal <= ? AND c.last_contact <= ?
		AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.customer = c.id AND (t.state != 'done'
			OR substr(t.opened, 1, 10) > ? OR substr(t.closed, 1, 10) > ?))
		AND NOT EXISTS (SELECT 1 FROM contracts k WHERE k.customer = c.id
			AND k.state != 'cancelled' AND max(k.ends, k.signed) > ?)
		AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.subject_collection = 'customers'
			AND a.subject_id = c.id AND a.kind = 'archive'
			AND (a.state = 'open' OR substr(a.decided, 1, 10) > ?))
		ORDER BY c.doc LIMIT ?`, after, upTo, day, day, day, day, day, day, day, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Quiet
	for rows.Next() {
		var q Quiet
		if err := rows.Scan(&q.ID, &q.Since, &q.LastContact); err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, rows.Err()
}

// CountPurgeable counts what has been kept long enough and is held by nothing.
func CountPurgeable(db DB, today string) (n int, err error) {
	_, err = one(db, []any{&n}, `SELECT count(*) FROM archives WHERE state = 'kept' AND retain_until <= ?
		AND (hold_reason = '' OR hold_until != '' AND hold_until < ?)`, today, today)
	return n, err
}
