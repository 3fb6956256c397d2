package hooks

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fault"
)

// Faults of mending a row.
var (
	ErrRowUnknown = fault.Define("import_row_unknown", "这次导入没有待处理的第{row}行",
		"This import has no row {row} to decide")
	ErrDecision = fault.Define("import_decision", "处理方式须是 create、update 或 skip；create 须说明理由",
		"A decision is create, update or skip; create needs a reason")
)

// importMend takes a row that failed or waits for a decision: with mended cells it is read anew,
// with a decision it is created, updated or skipped (PATCH /imports/{id}/rows/{n}).
func (h *House) importMend(e *core.RequestEvent) error {
	record, err := h.ownImport(e)
	if err != nil {
		return refuseError(e, err)
	}
	if record.GetString("state") != "done" {
		return refuseError(e, wrongState(record, "处理单行", "have a row decided"))
	}
	body := struct {
		Cells    map[string]string `json:"cells"` // header → text
		Decision string            `json:"decision"`
		Reason   string            `json:"reason"`
	}{}
	if err := e.BindBody(&body); err != nil {
		return refuse(e, http.StatusBadRequest, ErrBody.With("why", "JSON").Because(err))
	}
	m := &mending{House: h, record: record, importID: record.Id, number: atoi(e.Request.PathValue("row"))}
	if err := m.open(); err != nil {
		return refuseError(e, err)
	}
	if actorOf(e.Auth).ID == record.GetString("by") {
		if err := m.run.may(); err != nil {
			return refuseError(e, err)
		}
	}
	if err := m.decide(body.Decision, body.Reason); err != nil {
		return refuseError(e, err)
	}
	m.apply(body.Cells)
	result, err := m.write(e, body.Decision)
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, result)
}

type mending struct {
	*House
	record   *core.Record
	importID string
	run      *importRun
	number   int
	rowID    string
	previous string
	cells    []string
}

// open reads the row's texts back; sealed cells are opened for this one reading.
func (m *mending) open() error {
	run, err := m.newRun(m.record)
	if err != nil {
		return err
	}
	m.run = run
	row, err := collections.ImportRow(collections.Through(m.app.DB()), m.record.Id, m.number)
	if err != nil {
		return err
	}
	if row == nil || row.Outcome != "failed" && row.Outcome != "duplicate" {
		return ErrRowUnknown.With("row", m.number)
	}
	return m.read(row)
}

// read takes the row's texts.
func (m *mending) read(row *collections.ImportedRow) error {
	m.rowID, m.previous = row.ID, row.Outcome
	var raw []any
	if err := json.Unmarshal([]byte(row.Raw), &raw); err != nil {
		return err
	}
	for column, cell := range raw {
		text, err := m.plain(cell, column)
		if err != nil {
			return err
		}
		m.cells = append(m.cells, text)
	}
	return nil
}

func (m *mending) plain(cell any, column int) (string, error) {
	switch v := cell.(type) {
	case string:
		return v, nil
	case map[string]any:
		text, _ := v["sealed"].(string)
		sealed, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", err
		}
		record, field := collections.CellContext(m.importID, m.number, column)
		plain, err := m.keys.Open(sealed, "import_rows", record, field)
		return string(plain), err
	}
	return "", nil
}

// decide sets the options of this one row.
func (m *mending) decide(decision, reason string) error {
	o := &m.run.plan.options
	o.DryRun = false
	switch decision {
	case "":
	case "create":
		if len([]rune(reason)) < minReason {
			return ErrDecision
		}
		o.Duplicate = reason
	case "update":
		o.OnDuplicate = "update"
	case "skip":
	default:
		return ErrDecision
	}
	return nil
}

func (m *mending) apply(cells map[string]string) {
	for _, c := range m.run.plan.mapping.Columns {
		text, given := cells[c.Header]
		if !given {
			continue
		}
		for len(m.cells) <= c.Index {
			m.cells = append(m.cells, "")
		}
		m.cells[c.Index] = text
	}
}

func (m *mending) write(e *core.RequestEvent, decision string) (map[string]any, error) {
	r := &preparedRow{number: m.number, cells: m.cells}
	result := rowResult{outcome: m.previous}
	stamp := stampOf(m.options.Clock())
	err := m.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		m.run.lookup.Use(db)
		m.run.told.begin()
		open, err := collections.OpenRequestAbout(db, "imports", m.record.Id)
		if err != nil {
			return err
		}
		m.run.submits = open != "" // decided already: a late row is submitted by itself
		if decision != "skip" {
			r = m.run.plan.again(m.number, m.cells)
			if m.run.plan.collection == "customers" {
				if err := m.run.index.load(db, []*preparedRow{r}); err != nil {
					return err
				}
			}
			if result, err = m.run.row(db, r, stamp); err != nil {
				return err
			}
		}
		if err := collections.DropImportRow(db, m.rowID); err != nil {
			return err
		}
		if err := m.run.account(db, r, result, stamp); err != nil {
			return err
		}
		m.run.told.add(m.number, result)
		m.run.actor = actorIn(e)
		if err := m.run.noteChunk(db, stamp); err != nil {
			return err
		}
		m.run.counts.add(m.previous, -1)
		m.run.counts.add(result.outcome, 1)
		if m.run.submits {
			if err := m.joinBatch(db, open, m.run.counts.Pending); err != nil {
				return err
			}
		}
		if contains([]string{"created", "incomplete", "updated"}, result.outcome) {
			if err := m.campaignImported(tx, m.record, 1); err != nil {
				return err
			}
		}
		text, err := jsonText(m.run.counts)
		if err != nil {
			return err
		}
		return db.Exec("UPDATE imports SET counts = ? WHERE id = ?", text, m.record.Id)
	})
	if r.faults == nil {
		r.faults = []rowFault{}
	}
	return map[string]any{"row": m.number, "outcome": result.outcome, "record": result.record,
		"errors": r.faults, "counts": m.run.counts}, err
}
