package collections

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/archive"
	"kehu/internal/merge"
)

// Archive is an archive as it is stored.
type Archive struct {
	ID, Customer, Number, Name, Kind, Reason     string
	Archived, By, ByName, Approved, ApprovedName string
	RetainUntil, HoldReason, HoldUntil           string
	Owner, Department, LastContact, State        string
	Snapshot                                     string // sealed
	Counts                                       map[string]int
	HasDeal, Marketable                          bool
}

// NewArchive begins an archive: its id binds the sealed snapshot.
func NewArchive() *Archive { return &Archive{ID: core.GenerateDefaultRandomId(), State: "kept"} }

// Store writes a new archive, and by what it is found.
func (a *Archive) Store(db DB, keys merge.Row) error {
	counts, err := json.Marshal(a.Counts)
	if err != nil {
		return err
	}
	err = db.Exec("INSERT INTO archives (id, customer, number, name, kind, reason, archived, archived_by, "+
		"archived_by_name, approved_by, approved_by_name, retain_until, hold_reason, hold_until, owner, "+
		"department, last_contact, state, counts, snapshot, has_deal, marketable, restored, restored_by, "+
		"restored_by_name, restore_reason, purged, purged_by, purged_by_name, certificate, created, updated) "+
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', '', '', '', "+
		"'', NULL, "+sqlNow+", "+sqlNow+")",
		a.ID, a.Customer, a.Number, a.Name, a.Kind, a.Reason, a.Archived, a.By, a.ByName, a.Approved,
		a.ApprovedName, a.RetainUntil, a.HoldReason, a.HoldUntil, a.Owner, a.Department, a.LastContact,
		a.State, string(counts), a.Snapshot, a.HasDeal, a.Marketable)
	if err != nil {
		return err
	}
	return db.Exec(`INSERT INTO kehu_archived (customer, archive, number, kind, name, uscc, mobile, owner,
		department, has_deal, marketable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.Customer, a.ID,
		a.Number, a.Kind, a.Name, keys.Text("uscc"), keys.Text("mobile"), a.Owner, a.Department,
		a.HasDeal, a.Marketable)
}

const archiveColumns = "SELECT id, customer, number, name, kind, reason, archived, archived_by, " +
	"archived_by_name, approved_by, approved_by_name, retain_until, hold_reason, hold_until, owner, " +
	"department, last_contact, state, snapshot, coalesce(counts, '{}'), has_deal, marketable FROM archives WHERE "

// ReadArchive reads one; nil where there is none.
func ReadArchive(db DB, id string) (*Archive, error) { return readArchive(db, "id = ?", id) }

// ArchiveOf is the archive in which a customer lies; nil where it lies in none.
func ArchiveOf(db DB, customer string) (*Archive, error) {
	return readArchive(db, "customer = ? AND state = 'kept'", customer)
}

func readArchive(db DB, where string, args ...any) (*Archive, error) {
	a, counts := &Archive{}, ""
	found, err := one(db, []any{&a.ID, &a.Customer, &a.Number, &a.Name, &a.Kind, &a.Reason, &a.Archived,
		&a.By, &a.ByName, &a.Approved, &a.ApprovedName, &a.RetainUntil, &a.HoldReason, &a.HoldUntil,
		&a.Owner, &a.Department, &a.LastContact, &a.State, &a.Snapshot, &counts, &a.HasDeal,
		&a.Marketable}, archiveColumns+where, args...)
	if err != nil || !found {
		return nil, err
	}
	return a, json.Unmarshal([]byte(counts), &a.Counts)
}

// SeesArchived tells whether a reader could see a customer that lies in the archive.
func SeesArchived(db DB, reader Reader, customer string) bool {
	where, args := reader.WhereIn("kehu_archived")
	statement := "SELECT customer FROM kehu_archived WHERE customer = ?"
	if where != "" {
		statement += " AND " + where
	}
	var id string
	found, err := one(db, []any{&id}, statement, append([]any{customer}, args...)...)
	return err == nil && found
}

// WhereIn is Where for another table with the columns by which customers are seen.
func (r Reader) WhereIn(table string) (condition string, args []any) {
	where, args := r.Where()
	return strings.ReplaceAll(where, "customers.", table+"."), args
}

// EndRestored marks an archive as restored: its snapshot has served.
func EndRestored(db DB, a *Archive, by, name, reason, at string) error {
	if err := db.Exec("DELETE FROM kehu_archived WHERE customer = ?", a.Customer); err != nil {
		return err
	}
	if err := db.Exec("DELETE FROM kehu_archive_files WHERE archive = ?", a.ID); err != nil {
		return err
	}
	return db.Exec("UPDATE archives SET state = 'restored', snapshot = '', restored = ?, restored_by = ?, "+
		"restored_by_name = ?, restore_reason = ?, updated = "+sqlNow+" WHERE id = ?", at, by, name, reason, a.ID)
}

// DestroyArchive destroys what lies in an archive: the snapshot, the key of the sealed values, the
// sealed values, what it is found by, and what lies of the customer elsewhere. Its files are marked,
// and deleted when all has committed. Number, kind and dates stay, and the name of an organisation.
func DestroyArchive(db DB, a *Archive, by, name, at string, certificate any) error {
	text, err := json.Marshal(certificate)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM kehu_subject_keys WHERE customer = ?",
		"DELETE FROM kehu_sealed WHERE customer = ?",
		"DELETE FROM kehu_archived WHERE customer = ?",
		"DELETE FROM kehu_archive_parted WHERE customer = ?",
		"DELETE FROM kehu_archive_parted WHERE place = 'customers' AND record = ?",
		"DELETE FROM kehu_archive_pairs WHERE ? IN (a, b)",
	} {
		if err := db.Exec(statement, a.Customer); err != nil {
			return err
		}
	}
	if err := db.Exec("UPDATE kehu_archive_files SET gone = TRUE WHERE archive = ?", a.ID); err != nil {
		return err
	}
	title, reason := a.Name, a.Reason
	if a.Kind == "individual" {
		title, reason = erasedName, ""
	}
	err = db.Exec("UPDATE archives SET state = 'purged', snapshot = '', name = ?, reason = ?, purged = ?, "+
		"purged_by = ?, purged_by_name = ?, certificate = ?, updated = "+sqlNow+" WHERE id = ?",
		title, reason, at, by, name, string(text), a.ID)
	if err != nil {
		return err
	}
	if a.Kind == "individual" { // what was said when it was archived
		err := db.Exec(`UPDATE approvals SET payload = 'null', reason = '', note = '' WHERE kind = 'archive'
			AND subject_collection = 'customers' AND subject_id = ?`, a.Customer)
		if err != nil {
			return err
		}
	}
	return eraseTraces(db, a.Customer)
}

// DestroyArchiveSecurely is DestroyArchive with what is deleted overwritten.
func DestroyArchiveSecurely(db DB, a *Archive, by, name, at string, certificate any) error {
	if err := secureDelete(db, true); err != nil {
		return err
	}
	return orElse(DestroyArchive(db, a, by, name, at, certificate), secureDelete(db, false))
}

// HasSubjectKey tells whether a customer has a key on which sealed values hang.
func HasSubjectKey(db DB, customer string) (bool, error) {
	var id string
	return one(db, []any{&id}, "SELECT customer FROM kehu_subject_keys WHERE customer = ?", customer)
}

// Hold is why what is archived must not be destroyed yet: what is open, and until when; Until is ""
// where no day is known.
type Hold struct{ Reason, Until string }

// HoldOf looks for open contracts and tickets of a customer.
func HoldOf(db DB, customer string) (hold Hold, err error) {
	rows, err := db.Query(`SELECT '合同' || number || '尚未结束', ends FROM contracts
			WHERE customer = ? AND state IN ('draft', 'running')
		UNION ALL SELECT '工单' || number || '尚未办结', '' FROM tickets
			WHERE customer = ? AND state != 'done'`, customer, customer)
	if err != nil {
		return hold, err
	}
	defer rows.Close()
	var reasons []string
	open := false
	for rows.Next() {
		var reason, until string
		if err := rows.Scan(&reason, &until); err != nil {
			return hold, err
		}
		reasons, open = append(reasons, reason), open || until == ""
		hold.Until = max(hold.Until, until)
	}
	if open {
		hold.Until = ""
	}
	hold.Reason = strings.Join(reasons, "；")
	return hold, rows.Err()
}

// TakeWhole reads a customer with all that belongs to it, but for one request: its own row, the
// records whose relation names it and that go with it, its requests, its suspected duplicates; and
// what elsewhere names it, which is parted from it.
func TakeWhole(app core.App, db DB, customer, request string) (*archive.Snapshot, error) {
	s := &archive.Snapshot{Customer: customer, Parted: []archive.Parted{}, Files: []archive.File{}}
	if err := take(db, s, "customers", "id = ?", customer); err != nil {
		return nil, err
	}
	references, err := References(app)
	if err != nil {
		return nil, err
	}
	for _, r := range references {
		switch {
		case r.Many: // lists of what once was done
		case r.Owned:
			err = take(db, s, r.Table, "`"+r.Column+"` = ?", customer)
		case r.Table == "approvals":
			err = take(db, s, r.Table, "customer = ? AND id != ?", customer, request)
		default:
			err = part(db, s, r.Table, r.Column, customer)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := take(db, s, "duplicate_pairs", "a = ? OR b = ?", customer, customer); err != nil {
		return nil, err
	}
	return s, part(db, s, "customers", "parent", customer)
}

func take(db DB, s *archive.Snapshot, table, where string, args ...any) error {
	rows, err := readRows(db, table, where+" ORDER BY id", args...)
	if err == nil && len(rows) > 0 {
		s.Tables = append(s.Tables, archive.Table{Name: table, Rows: rows})
	}
	return err
}

func part(db DB, s *archive.Snapshot, table, name, customer string) error {
	holders, err := column(db, "SELECT id FROM `"+table+"` WHERE `"+name+"` = ? ORDER BY id", customer)
	for _, id := range holders {
		s.Parted = append(s.Parted, archive.Parted{Table: table, ID: id, Column: name})
	}
	return err
}

// DropWhole takes out of the register what a snapshot holds. The customer goes first: its history
// cannot be deleted before.
func DropWhole(db DB, s *archive.Snapshot) error {
	for _, p := range s.Parted {
		if err := WriteCell(db, p.Table, p.ID, p.Column, ""); err != nil {
			return err
		}
	}
	for _, table := range s.Tables {
		list := make([]string, len(table.Rows))
		for i, row := range table.Rows {
			list[i] = row.Text("id")
		}
		if err := db.Exec("DELETE FROM `"+table.Name+"` WHERE id IN (SELECT value FROM json_each(?))",
			jsonList(list...)); err != nil {
			return err
		}
	}
	return nil
}

// PutWhole puts back what DropWhole took. What another version added has its column's default; a
// suspicion about a customer that is no more stays away; a value that was given to another meanwhile
// stays theirs.
func PutWhole(db DB, s *archive.Snapshot) error {
	for _, table := range s.Tables {
		for _, row := range table.Rows {
			put := insertRow
			if table.Name == "duplicate_pairs" {
				put = keepPair
			}
			if err := put(db, table.Name, row); err != nil {
				return err
			}
		}
	}
	for _, p := range s.Parted {
		if err := waitFor(db, p.Table, p.ID, p.Column, s.Customer); err != nil {
			return err
		}
	}
	if above := s.Row().Text("parent"); above != "" {
		if err := waitFor(db, "customers", s.Customer, "parent", above); err != nil {
			return err
		}
		if err := WriteCell(db, "customers", s.Customer, "parent", ""); err != nil {
			return err
		}
	}
	if err := rejoin(db); err != nil {
		return err
	}
	return rejoinPairs(db)
}

// waitFor notes that a record's empty value is to name a customer as soon as both are in the register.
func waitFor(db DB, place, record, name, customer string) error {
	return db.Exec("INSERT OR REPLACE INTO kehu_archive_parted (place, record, name, customer) VALUES (?, ?, ?, ?)",
		place, record, name, customer)
}

// StandsOrWaits tells whether a customer is in the register, to be named as the one above another.
// Where it lies in the archive, the other's empty parent waits for it.
func StandsOrWaits(db DB, below, above string) (bool, error) {
	var there, archived bool
	_, err := one(db, []any{&there, &archived}, "SELECT EXISTS (SELECT 1 FROM customers WHERE id = ?), "+
		"EXISTS (SELECT 1 FROM kehu_archived WHERE customer = ?)", above, above)
	if err == nil && !there && archived {
		err = waitFor(db, "customers", below, "parent", above)
	}
	return there, err
}

// rejoin writes the values that have waited, where both are in the register by now. A value that was
// given meanwhile stays, and nobody comes to stand above themselves.
func rejoin(db DB) error {
	rows, err := db.Query(`SELECT place, record, name, customer, EXISTS (SELECT 1 FROM customers WHERE id = customer)
		FROM kehu_archive_parted ORDER BY place, record, name`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type waiting struct {
		archive.Parted
		customer string
		back     bool
	}
	var all []waiting
	for rows.Next() {
		var w waiting
		if err := rows.Scan(&w.Table, &w.ID, &w.Column, &w.customer, &w.back); err != nil {
			return err
		}
		all = append(all, w)
	}
	for _, w := range all {
		var value string
		there, err := one(db, []any{&value}, "SELECT `"+w.Column+"` FROM `"+w.Table+"` WHERE id = ?", w.ID)
		if err != nil {
			return err
		}
		if !there || !w.back {
			continue
		}
		if value == "" && !StandsAbove(db, w.ID, w.customer) {
			err = WriteCell(db, w.Table, w.ID, w.Column, w.customer)
		}
		err = orElse(err, db.Exec("DELETE FROM kehu_archive_parted WHERE place = ? AND record = ? AND name = ?",
			w.Table, w.ID, w.Column))
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// keepPair lets a row of duplicate_pairs wait until both are in the register, which rejoinPairs sees.
// Where one is neither there nor in the archive, the suspicion has become none.
func keepPair(db DB, _ string, row merge.Row) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	return db.Exec(`INSERT OR REPLACE INTO kehu_archive_pairs (a, b, pair) SELECT ?1, ?2, ?3
		WHERE 2 = (SELECT count(*) FROM (SELECT id FROM customers WHERE id IN (?1, ?2)
		UNION SELECT customer FROM kehu_archived WHERE customer IN (?1, ?2)))`, row["a"], row["b"], string(text))
}

// rejoinPairs puts back the pairs that have waited, where both are in the register by now. What was
// found or said of the two meanwhile stays.
func rejoinPairs(db DB) error {
	waiting, err := column(db, `SELECT pair FROM kehu_archive_pairs WHERE a IN (SELECT id FROM customers)
		AND b IN (SELECT id FROM customers) ORDER BY a, b`)
	if err != nil {
		return err
	}
	for _, text := range waiting {
		row := merge.Row{}
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			return err
		}
		found := 0
		_, err := one(db, []any{&found}, "SELECT count(*) FROM duplicate_pairs WHERE a = ? AND b = ?", row["a"], row["b"])
		if err == nil && found == 0 {
			err = insertRow(db, "duplicate_pairs", row)
		}
		err = orElse(err, db.Exec("DELETE FROM kehu_archive_pairs WHERE a = ? AND b = ?", row["a"], row["b"]))
		if err != nil {
			return err
		}
	}
	return nil
}

// numbersOf are the columns whose values no two records may share.
var numbersOf = []struct{ table, column string }{
	{"customers", "number"}, {"customers", "uscc"}, {"contracts", "number"}, {"tickets", "number"},
}

// TakenBy finds a number of a snapshot that a living record has by now: the value, and the number of
// the customer whose it is.
func TakenBy(db DB, s *archive.Snapshot) (value, number string, err error) {
	for _, n := range numbersOf {
		for _, table := range s.Tables {
			if table.Name != n.table {
				continue
			}
			for _, row := range table.Rows {
				value := row.Text(n.column)
				statement := "SELECT number FROM customers WHERE `" + n.column + "` = ?"
				if n.table != "customers" {
					statement = "SELECT coalesce((SELECT number FROM customers c WHERE c.id = t.customer), '') " +
						"FROM " + n.table + " t WHERE t.`" + n.column + "` = ?"
				}
				if value == "" {
					continue
				}
				found, err := one(db, []any{&number}, statement, value)
				if err != nil || found {
					return value, number, err
				}
			}
		}
	}
	return "", "", nil
}

// ReturnRequests gives a customer back the requests about it that stayed when it was archived.
func ReturnRequests(db DB, customer string) error {
	return db.Exec(`UPDATE approvals SET customer = ? WHERE customer = '' AND kind = 'archive'
		AND subject_collection = 'customers' AND subject_id = ?`, customer, customer)
}

// ArchivedFile is a stored file of a customer in the archive.
type ArchivedFile struct{ Place, Record, Name, Archive string }

// KeepFiles notes the stored files of an archive.
func KeepFiles(db DB, archiveID string, files []archive.File) error {
	for _, f := range files {
		if err := db.Exec("INSERT INTO kehu_archive_files (place, record, name, archive) VALUES (?, ?, ?, ?)",
			f.Table, f.ID, f.Name, archiveID); err != nil {
			return err
		}
	}
	return nil
}

// IsArchivedFile tells whether a stored file belongs to a customer in the archive.
func IsArchivedFile(db DB, place, record, name string) (bool, error) {
	var id string
	return one(db, []any{&id}, `SELECT archive FROM kehu_archive_files WHERE place = ? AND record = ?
		AND name = ? AND NOT gone`, place, record, name)
}

// ArchivedFiles lists the next stored files in the archive after one ("place/record/name").
func ArchivedFiles(db DB, after string, limit int) ([]ArchivedFile, error) {
	return archivedFiles(db, "NOT gone AND place || '/' || record || '/' || name > ?", after, limit)
}

// GoneFiles lists files whose customer was destroyed and that are still stored.
func GoneFiles(db DB, limit int) ([]ArchivedFile, error) {
	return archivedFiles(db, "gone AND ? = ''", "", limit)
}

func archivedFiles(db DB, where string, after string, limit int) ([]ArchivedFile, error) {
	rows, err := db.Query("SELECT place, record, name, archive FROM kehu_archive_files WHERE "+where+
		" ORDER BY place || '/' || record || '/' || name LIMIT ?", after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []ArchivedFile
	for rows.Next() {
		var f ArchivedFile
		if err := rows.Scan(&f.Place, &f.Record, &f.Name, &f.Archive); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

// CountArchivedFiles counts the stored files in the archive.
func CountArchivedFiles(db DB) (n int, err error) {
	_, err = one(db, []any{&n}, "SELECT count(*) FROM kehu_archive_files WHERE NOT gone")
	return n, err
}

// ForgetFile ends the note of a file that is deleted.
func ForgetFile(db DB, f ArchivedFile) error {
	return db.Exec("DELETE FROM kehu_archive_files WHERE place = ? AND record = ? AND name = ? AND gone",
		f.Place, f.Record, f.Name)
}

// readRows reads whole rows as SQLite holds them.
func readRows(db DB, table, where string, args ...any) ([]merge.Row, error) {
	columns, err := column(db, "SELECT name FROM pragma_table_info(?) ORDER BY cid", table)
	if err != nil {
		return nil, err
	}
	// a leading + takes the declared type off: a driver would make a truth value of a 0
	rows, err := db.Query("SELECT +`"+strings.Join(columns, "`, +`")+"` FROM `"+table+"` WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []merge.Row
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := merge.Row{}
		for i, name := range columns {
			if bytes, ok := values[i].([]byte); ok {
				values[i] = string(bytes)
			}
			row[name] = values[i]
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// insertRow stores a whole row again.
func insertRow(db DB, table string, row merge.Row) error {
	columns, values := []string{}, []any{}
	for _, name := range slices.Sorted(maps.Keys(row)) { // one order: statements are remembered
		columns, values = append(columns, "`"+name+"`"), append(values, row[name])
	}
	return db.Exec("INSERT INTO `"+table+"` ("+strings.Join(columns, ", ")+") VALUES (?"+
		strings.Repeat(", ?", len(values)-1)+")", values...)
}
