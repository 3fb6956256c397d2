package bench

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"kehu/hooks"
	"kehu/internal/search"
)

// scanFloor inflates every part of the workbook and looks for its cells: the least that reading
// it can cost.
func scanFloor(path string) (time.Duration, error) {
	begin := cpuTime()
	archive, err := zip.OpenReader(path)
	if err != nil {
		return 0, err
	}
	defer archive.Close()
	buffer := make([]byte, 64<<10)
	cells := 0
	for _, part := range archive.File {
		if !strings.Contains(part.Name, "sheet") && !strings.Contains(part.Name, "sharedStrings") {
			continue
		}
		content, err := part.Open()
		if err != nil {
			return 0, err
		}
		for {
			n, err := content.Read(buffer)
			cells += bytes.Count(buffer[:n], []byte("<c"))
			if err == io.EOF {
				break
			}
			if err != nil {
				return 0, err
			}
		}
		content.Close()
	}
	return cpuTime() - begin, nil
}

// floorChunk is how many rows one transaction of the floor writes.
const floorChunk = 500

// insertFloor writes every row that an import wrote into a second, empty register with the same
// schema, indexes and encryption: bare prepared INSERTs, nothing else. Only the writing is counted.
func insertFloor(from, to *register) (time.Duration, error) {
	var total time.Duration
	for _, table := range []string{"customers", "contacts", "import_rows"} {
		spent, err := copyRows(from.app, to.app, table)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", table, err)
		}
		total += spent
	}
	spent, err := copySearch(from.app, to.app)
	return total + spent, err
}

// chunked writes rows in one transaction of the writing connection, which gets some pragmas.
func chunked(app core.App, pragmas, statement string, rows [][]any) (time.Duration, error) {
	begin := cpuTime()
	ctx := context.Background()
	conn, err := app.NonconcurrentDB().(*dbx.DB).DB().Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, pragmas); err != nil {
		return 0, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	insert, err := tx.Prepare(statement)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if _, err := insert.Exec(row...); err != nil {
			return 0, err
		}
	}
	err = tx.Commit()
	return cpuTime() - begin, err
}

func copyRows(from, to core.App, table string) (time.Duration, error) {
	rows, err := from.DB().NewQuery("SELECT * FROM " + table + " ORDER BY rowid").Rows()
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	statement := "INSERT INTO " + table + " (`" + strings.Join(names, "`, `") + "`) VALUES (?" +
		strings.Repeat(", ?", len(names)-1) + ")"
	return drain(rows.Rows, len(names), to, hooks.BulkPragmas, statement)
}

// drain reads rows and writes them in chunks; only the writing is counted.
func drain(rows *sql.Rows, width int, to core.App, pragmas, statement string) (time.Duration, error) {
	var total time.Duration
	chunk := make([][]any, 0, floorChunk)
	flush := func() error {
		spent, err := chunked(to, pragmas, statement, chunk)
		total += spent
		chunk = chunk[:0]
		return err
	}
	for rows.Next() {
		row, into := make([]any, width), make([]any, width)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		if chunk = append(chunk, row); len(chunk) == floorChunk {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return total, flush()
}

// copySearch writes the same search entries; their texts are made outside the count.
func copySearch(from, to core.App) (time.Duration, error) {
	rows, err := from.DB().NewQuery(`SELECT c.doc, c.name, c.short_name, c.number, c.uscc, c.owner,
		c.department, c.mobile, c.landline, coalesce(t.name, ''), coalesce(t.mobile, '')
		FROM customers c LEFT JOIN contacts t ON t.customer = c.id ORDER BY c.doc`).Rows()
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var total time.Duration
	chunk := make([][]any, 0, floorChunk)
	for more := true; more; {
		if more = rows.Next(); more {
			entry, err := searchEntry(rows.Rows)
			if err != nil {
				return 0, err
			}
			chunk = append(chunk, entry)
		}
		if len(chunk) == floorChunk || !more && len(chunk) > 0 {
			spent, err := chunked(to, hooks.BulkPragmas, "INSERT INTO kehu_search (rowid, b, c, s) VALUES (?, ?, ?, ?)", chunk)
			if err != nil {
				return 0, err
			}
			total += spent
			chunk = chunk[:0]
		}
	}
	return total, rows.Err()
}

func searchEntry(rows *sql.Rows) ([]any, error) {
	var doc int64
	var t [10]string
	err := rows.Scan(&doc, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7], &t[8], &t[9])
	if err != nil {
		return nil, err
	}
	d := &search.Document{}
	d.Name(t[0])
	d.Name(t[1])
	d.Code(t[2])
	d.Code(t[3])
	d.Person(t[8])
	for _, phone := range []string{t[6], t[7], t[9]} {
		d.Phone(phone)
	}
	d.Scope(t[4], t[5], false)
	b, c, s := d.Columns()
	return []any{doc, b, c, s}, nil
}
