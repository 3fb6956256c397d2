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
	"kehu/internal/cn"
	"kehu/internal/fields"
	"kehu/internal/mask"
	"kehu/internal/register"
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
	secret, err := run.plan.holdsSecrets(ctx, book, name)
	if err != nil {
		return err
	}
	if book.Format() != "csv" && !secret {
		return sheet.Annotate(w, content, content.size, name, header, marks)
	}
	source := sheet.Source{Name: name, HeaderRow: header,
		Rows: run.plan.openRows(ctx, book, name, header)}
	for _, c := range run.plan.mapping.Columns {
		source.Header = append(source.Header, mask.Found(c.Header))
	}
	return sheet.AnnotateRows(w, source, marks)
}

// holdsSecrets tells whether a workbook holds certificate or account numbers: such a file is never
// handed back as it is, because comments, caches and other sheets may repeat what a cell holds.
func (p *rowPlan) holdsSecrets(ctx context.Context, book *sheet.Book, name string) (bool, error) {
	for _, s := range book.Sheets() {
		for row, err := range sheetRows(ctx, book, s.Name) {
			if err != nil {
				return false, err
			}
			if s.Name == name && row.Number > p.mapping.Row && p.secretColumn(row) {
				return true, nil
			}
			for i := range row.Cells {
				if len(cn.FindSensitive(row.Cells[i].String())) > 0 {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

func (p *rowPlan) secretColumn(row *sheet.Row) bool {
	for _, c := range p.mapping.Columns {
		if c.Index >= len(row.Cells) || !p.secret(c, "") {
			continue
		}
		if text := row.Cells[c.Index].String(); text != "" && !strings.Contains(text, "*") {
			return true
		}
	}
	return false
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
	"cert_masked": true, "bank_masked": true, "sensitive_no_consent": true,
	"sensitive_not_collected": true, "not_collected": true,
	"only_individual": true, "band_spans": true}

// sheetRows are the rows of a sheet; each is valid until the next.
func sheetRows(ctx context.Context, book *sheet.Book, name string) iter.Seq2[*sheet.Row, error] {
	return func(yield func(*sheet.Row, error) bool) {
		rows, err := book.Rows(ctx, name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if !yield(rows.Row(), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// openRows are the rows of a sheet, but for its header, as they may be handed out: certificate and
// account numbers only as masks, which the importer leaves out with a warning.
func (p *rowPlan) openRows(ctx context.Context, book *sheet.Book, name string, header int) iter.Seq2[
	sheet.SourceRow, error] {
	kinds := map[int]fields.Kind{}
	for _, c := range p.mapping.Columns {
		if c.Field != "" && c.Field != "ignore" {
			kinds[c.Index] = kindOf(p.collection, c.Field)
		}
	}
	return func(yield func(sheet.SourceRow, error) bool) {
		for row, err := range sheetRows(ctx, book, name) {
			if err != nil {
				yield(sheet.SourceRow{}, err)
				return
			}
			if row.Number == header {
				continue
			}
			source := sheet.SourceRow{Row: row.Number, Hidden: row.Hidden}
			for i, cell := range row.Cells {
				kind := fields.Text
				if k, mapped := kinds[i]; mapped && row.Number > header {
					kind = k
				}
				source.Cells = append(source.Cells, p.returned(cell.String(), kind))
			}
			if !yield(source, nil) {
				return
			}
		}
	}
}

// returned is openText for a file that comes back. A certificate or account number that is none
// becomes a text that is refused again: as a mask it would only be left out, and its row be made.
func (p *rowPlan) returned(text string, kind fields.Kind) string {
	if text == "" || strings.Contains(text, "*") {
		return openText(text, kind)
	}
	plain, shown := cn.Text(text), 0
	switch kind {
	case fields.Cert:
		if _, err := register.Certificates(plain, p.rules.Now); err != nil {
			shown = 6
		} else if _, _, err := cn.ParseResidentID(plain, p.rules.Now); err != nil && len(plain) == 18 {
			shown = 6
		}
	case fields.Bank:
		if _, err := register.Accounts(plain); err != nil {
			shown = 4
		}
	}
	if shown == 0 {
		return openText(text, kind)
	}
	beginning := []rune(plain)
	return "请重新填写（" + string(beginning[:min(shown, len(beginning)/2)]) + "）"
}

// openText is a cell's text as anybody may read it. Only codes and free texts have numbers of so
// many digits that are not sensitive.
func openText(text string, kind fields.Kind) string {
	switch kind {
	case fields.Cert:
		return maskedAgain(text, mask.Certificate)
	case fields.Bank:
		return maskedAgain(text, mask.Account)
	case fields.Text, fields.Multiline, fields.Name, fields.Address, fields.USCC, fields.RegNo:
		return mask.Found(text)
	}
	return mask.Text(text)
}

// maskedAgain masks a text, unless it is a mask already.
func maskedAgain(text string, mask func(string) string) string {
	if text == "" || strings.Contains(text, "*") {
		return text
	}
	return mask(cn.Text(text))
}
