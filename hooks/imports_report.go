package hooks

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/sheet"
)

// importErrors sends the error workbook: the user's own file with the wrong cells red.
func (h *House) importErrors(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	if state := record.GetString("state"); state == "previewing" || state == "ready" ||
		state == "running" {
		return refuseError(e, wrongState(record, "下载错误表", "give its error workbook yet"))
	}
	if record.GetString("file") == "" {
		return refuse(e, http.StatusGone, ErrFileGone)
	}
	reader, writer := io.Pipe()
	go func() {
		writer.CloseWithError(h.writeErrors(e.Request.Context(), writer, record))
	}()
	defer reader.Close()
	name := strings.TrimSuffix(record.GetString("file_name"), ".xlsx")
	return sendFile(e, strings.TrimSuffix(name, ".csv")+"-错误.xlsx", reader)
}

// writeErrors streams the error workbook of an import.
func (h *House) writeErrors(ctx context.Context, w io.Writer, record *core.Record) error {
	book, content, closeBook, err := h.openBook(ctx, record)
	if err != nil {
		return err
	}
	defer closeBook()
	run, err := h.newRun(record)
	if err != nil {
		return err
	}
	marks := h.rowMarks(record.Id)
	name, header := sheetName(record), run.plan.mapping.Row
	if book.Format() != "csv" {
		return sheet.Annotate(w, content, content.size, name, header, marks)
	}
	source := sheet.Source{Name: name, HeaderRow: header, Rows: bookRows(ctx, book, name, header)}
	for _, c := range run.plan.mapping.Columns {
		source.Header = append(source.Header, c.Header)
	}
	return sheet.AnnotateRows(w, source, marks)
}

// rowMarks reads the faults of an import's rows as marks, page by page.
func (h *House) rowMarks(id string) iter.Seq2[sheet.RowMarks, error] {
	return func(yield func(sheet.RowMarks, error) bool) {
		db := collections.Through(h.app.DB())
		rows, err := db.Query("SELECT `row`, outcome, errors FROM import_rows WHERE `import` = ? "+
			"AND errors != '[]' ORDER BY `row`", id)
		if err != nil {
			yield(sheet.RowMarks{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var number int
			var outcome, faults string
			err := rows.Scan(&number, &outcome, &faults)
			marked := sheet.RowMarks{Row: number, Marks: marksOf(outcome, faults)}
			if len(marked.Marks) == 0 && err == nil {
				continue
			}
			if !yield(marked, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(sheet.RowMarks{}, err)
		}
	}
}

// marksOf are a row's marks: what kept it from being stored, and values that were left out of a
// row that was stored.
func marksOf(outcome, faults string) []sheet.Mark {
	var all []rowFault
	if json.Unmarshal([]byte(faults), &all) != nil {
		return nil
	}
	var marks []sheet.Mark
	for _, f := range all {
		if !f.Warning || outcome != "failed" && outcome != "duplicate" && leftOut[f.Code] {
			marks = append(marks, sheet.Mark{Column: f.Column, Reason: f.Message})
		}
	}
	return marks
}

// leftOut are the warnings that mean: this value was not stored.
var leftOut = map[string]bool{"mobile_masked": true, "landline_masked": true, "email_masked": true,
	"sensitive_no_consent": true, "sensitive_not_collected": true, "not_collected": true,
	"only_individual": true, "band_spans": true}

func bookRows(ctx context.Context, book *sheet.Book, name string, header int) iter.Seq2[sheet.SourceRow, error] {
	return func(yield func(sheet.SourceRow, error) bool) {
		rows, err := book.Rows(ctx, name)
		if err != nil {
			yield(sheet.SourceRow{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			row := rows.Row()
			if row.Number <= header {
				continue
			}
			source := sheet.SourceRow{Row: row.Number}
			for _, cell := range row.Cells {
				source.Cells = append(source.Cells, cell.String())
			}
			if !yield(source, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(sheet.SourceRow{}, err)
		}
	}
}
