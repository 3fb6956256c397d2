package bench

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kehu/collections"
	"kehu/internal/cipherdb"
)

// sampleSize is how many customers are compared with all that belongs to them.
const sampleSize = 1000

// ownTables differ by right: the books in which backing up and restoring are written themselves, what is
// still to be compared, the drill identity that is not on the new machine.
var ownTables = []string{"audit_log", "backups_log", "kehu_match_todo", "kehu_recipients"}

// database opens the database of a register that nobody holds.
func (r *register) database() (*sql.DB, error) {
	root, err := collections.OpenKeys(r.data(), r.keys(), collections.Random)
	if err != nil {
		return nil, err
	}
	return cipherdb.Open(filepath.Join(r.data(), "data.db"), cipherdb.Key(root.DatabaseKey()),
		cipherdb.Options{ReadOnly: true})
}

// compare holds a restored register to the one that the backup was made of, which rested since that began.
func (r *register) compare(report *Report, restored *register, began time.Time) error {
	source, err := r.database()
	if err != nil {
		return err
	}
	defer source.Close()
	copied, err := restored.database()
	if err != nil {
		return err
	}
	defer copied.Close()
	tables, differ, err := compareCounts(source, copied)
	if err != nil {
		return err
	}
	report.line("restore: tables whose count is the source's", fmt.Sprintf("%d of %d %s", tables-len(differ), tables,
		strings.Join(differ, " ")), "all", len(differ) == 0)
	entries, same, err := compareAudit(source, copied, began)
	if err != nil {
		return err
	}
	report.line("restore: entries of the audit chain as in the source", fmt.Sprintf("%d of %d", same, entries), "all",
		same == entries && entries > 0)
	rows, same, err := compareSample(source, copied)
	if err != nil {
		return err
	}
	report.line(fmt.Sprintf("restore: rows of %d customers as in the source", sampleSize),
		fmt.Sprintf("%d of %d", same, rows), "all", same == rows && rows >= sampleSize)
	return nil
}

// compareCounts counts every table but the search index's own and the logs.
func compareCounts(source, copied *sql.DB) (tables int, differ []string, err error) {
	names, err := values(source, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%'
		ESCAPE '\' AND name NOT LIKE 'kehu\_search%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return 0, nil, err
	}
	for _, name := range names {
		if slices.Contains(ownTables, name) {
			continue
		}
		tables++
		count := "SELECT count(*) FROM \"" + name + "\""
		a, err := values(source, count)
		if err != nil {
			return 0, nil, err
		}
		b, err := values(copied, count)
		if err != nil {
			return 0, nil, err
		}
		if !slices.Equal(a, b) {
			differ = append(differ, fmt.Sprintf("%s %s≠%s", name, b[0], a[0]))
		}
	}
	return tables, differ, nil
}

// compareAudit compares the log as far as it went when the backup began.
func compareAudit(source, copied *sql.DB, began time.Time) (entries, same int, err error) {
	const chain = "SELECT seq || ' ' || prev || ' ' || hash FROM audit_log WHERE at < ? ORDER BY seq"
	a, err := values(source, chain, collections.Stamp(began))
	if err != nil {
		return 0, 0, err
	}
	b, err := values(copied, chain, collections.Stamp(began))
	return max(len(a), len(b)), equalAt(a, b), err
}

// compareSample compares customers from all over the register, whole.
func compareSample(source, copied *sql.DB) (rows, same int, err error) {
	docs, err := values(source, "SELECT doc FROM customers ORDER BY doc")
	if err != nil {
		return 0, 0, err
	}
	for i := range min(sampleSize, len(docs)) {
		doc := docs[i*len(docs)/min(sampleSize, len(docs))]
		for _, query := range []string{
			"SELECT * FROM customers WHERE doc = ?",
			"SELECT * FROM contacts WHERE customer = (SELECT id FROM customers WHERE doc = ?) ORDER BY id",
			"SELECT * FROM changes WHERE record = (SELECT id FROM customers WHERE doc = ?) ORDER BY id",
		} {
			a, err := values(source, query, doc)
			if err != nil {
				return 0, 0, err
			}
			b, err := values(copied, query, doc)
			if err != nil {
				return 0, 0, err
			}
			rows, same = rows+max(len(a), len(b)), same+equalAt(a, b)
		}
	}
	return rows, same, nil
}

func equalAt(a, b []string) (n int) {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// values reads rows, each as one text.
func values(db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all []string
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		text := fmt.Sprint(row[0])
		for _, value := range row[1:] {
			text += fmt.Sprintf("\x1f%v", value)
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
