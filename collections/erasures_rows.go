package collections

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fields"
)

// keptOfErased are the fields that stay when a person is erased, because accounts and numbers need
// them and they name nobody: everything else goes, fields of later versions included.
var keptOfErased = map[string][]string{
	"customers": {"number", "doc", "kind", "stage", "stage_dates", "status", "tier", "tier_rule",
		"value_level", "relationship", "channel", "industry", "first_deal", "last_deal",
		"total_amount", "annual_amount", "last_contact", "verified", "owner", "department", "has_deal",
		"parent"},
	"contracts": {"number", "signed", "starts", "ends", "state", "amount"},
	"orders":    {"number", "date", "since", "contract", "state", "opening", "amount", "product"},
	"consents":  {"purposes", "statement_version", "method", "granted", "withdrawn"},
}

// goneWithErased are the belongings of a person that go whole, files included.
var goneWithErased = []string{"contacts", "followups", "tickets", "attachments"}

// eraseCustomer blanks a person. Of an organisation, which is none, its contacts go, and the phone
// and e-mail at which a person is reached.
func eraseCustomer(tx core.App, db DB, id, kind string) error {
	gone := goneWithErased
	if kind == "individual" {
		if err := eraseFields(db, "customers", id, func(f *fields.Field) bool {
			return !slices.Contains(keptOfErased["customers"], f.Key)
		}); err != nil {
			return err
		}
		if err := db.Exec("UPDATE customers SET name = ? WHERE id = ?", erasedName, id); err != nil {
			return err
		}
		for _, collection := range []string{"contracts", "orders", "consents"} {
			if err := eraseRecords(tx, db, collection, id); err != nil {
				return err
			}
		}
	} else {
		gone = []string{"contacts"}
		if err := eraseFields(db, "customers", id, func(f *fields.Field) bool {
			return f.Class == fields.Sensitive || slices.Contains([]string{"mobile", "email",
				"email_personal", "legal_representative", "source_person", "originals"}, f.Key)
		}); err != nil {
			return err
		}
	}
	if err := eraseEvidence(tx, id); err != nil {
		return err
	}
	for _, collection := range gone {
		records, err := tx.FindRecordsByFilter(collection, "customer = {:id}", "", 0, 0,
			map[string]any{"id": id})
		if err != nil {
			return err
		}
		for _, record := range records {
			if err := tx.Delete(record); err != nil {
				return err
			}
		}
	}
	err := db.Exec("UPDATE customers SET missing = '[]', updated = "+sqlNow+" WHERE id = ?", id)
	if err != nil {
		return err
	}
	return Reindex(db, id)
}

// eraseEvidence deletes the files that were handed in with requests about a person.
func eraseEvidence(tx core.App, customer string) error {
	requests, err := tx.FindRecordsByFilter("approvals", "customer = {:id} && customer != '' && files:length > 0", "", 0, 0,
		map[string]any{"id": customer})
	if err != nil {
		return err
	}
	for _, request := range requests {
		request.Set("files", nil)
		if err := tx.SaveNoValidate(request); err != nil {
			return err
		}
	}
	return nil
}

// eraseRecords blanks what belongs to a person and stays for the accounts. Files go first: the
// records are saved for it, so that the stored files are deleted when all has committed.
func eraseRecords(tx core.App, db DB, collection, customer string) error {
	records, err := tx.FindRecordsByFilter(collection, "customer = {:id}", "", 0, 0,
		map[string]any{"id": customer})
	if err != nil {
		return err
	}
	for _, record := range records {
		files := false
		for _, f := range record.Collection().Fields {
			if f.Type() == core.FieldTypeFile && len(record.GetStringSlice(f.GetName())) > 0 {
				record.Set(f.GetName(), nil)
				files = true
			}
		}
		if files {
			if err := tx.SaveNoValidate(record); err != nil {
				return err
			}
		}
		err := eraseFields(db, collection, record.Id, func(f *fields.Field) bool {
			return f.Kind != fields.File && !slices.Contains(keptOfErased[collection], f.Key)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseFields sets fields of a record to no value.
func eraseFields(db DB, collection, id string, goes func(*fields.Field) bool) error {
	var sets []string
	var args []any
	for _, f := range fields.Of(collection) {
		if goes(f) {
			sets, args = append(sets, "`"+f.Key+"` = ?"), append(args, noValue(f))
		}
	}
	if len(sets) == 0 {
		return nil
	}
	return db.Exec("UPDATE "+collection+" SET "+strings.Join(sets, ", ")+" WHERE id = ?",
		append(args, id)...)
}

// noValue is how a field without value is stored.
func noValue(f *fields.Field) any {
	switch {
	case f.Kind == fields.Money || f.Kind == fields.Number:
		return 0
	case f.Kind == fields.Bool:
		return false
	case f.Kind == fields.JSON:
		return "null"
	case f.Kind == fields.SelectMany || f.Kind == fields.Tags || f.Kind == fields.File && f.Many:
		return "[]"
	}
	return ""
}

// erasedTraces are where else a customer's data lie: rows of imports, titles of tasks, reasons of
// pairs, requests for changes and the history. A table that this version does not have is passed
// over. The history is append-only for a customer that is there: its rows are parted from it first.
var erasedTraces = []struct{ table, statement string }{
	{"import_rows", "UPDATE import_rows SET raw = 'null', before = 'null', errors = '[]' WHERE record = ?"},
	{"tasks", "DELETE FROM tasks WHERE customer = ?"},
	{"duplicate_pairs", "DELETE FROM duplicate_pairs WHERE a = ?"},
	{"duplicate_pairs", "DELETE FROM duplicate_pairs WHERE b = ?"},
	{"kehu_archive_pairs", "DELETE FROM kehu_archive_pairs WHERE ? IN (a, b)"},
	{"kehu_approval_sealed", "DELETE FROM kehu_approval_sealed WHERE approval IN " +
		"(SELECT id FROM approvals WHERE customer = ? AND customer != '')"},
	{"approvals", "UPDATE approvals SET payload = 'null', compliance = 'null', confirmed_with = '', " +
		"reason = iif(kind = 'erase', reason, ''), note = iif(kind = 'erase', note, ''), " +
		"state = iif(state = 'open' AND kind != 'erase', 'stale', state) WHERE customer = ?"},
	{"changes", "UPDATE changes SET customer = 'erased' WHERE customer = ?"},
}

func eraseTraces(db DB, customer string) error {
	for _, trace := range erasedTraces {
		var name string
		found, err := one(db, []any{&name},
			"SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", trace.table)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := db.Exec(trace.statement, customer); err != nil {
			return err
		}
		if trace.table == "changes" {
			if err := db.Exec("DELETE FROM changes WHERE customer = 'erased'"); err != nil {
				return err
			}
		}
	}
	return ForgetMerges(db, customer)
}
