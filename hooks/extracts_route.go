package hooks

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/sheet"
)

// ErrExtractFormat: the formats of an extract.
var ErrExtractFormat = fault.Define("extract_format", "格式须是 json、xlsx 或 csv",
	"The format is json, xlsx or csv")

// bindExtracts: the fixed lists that marketing and finance get instead of an export (R6.2).
func (h *House) bindExtracts(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/extracts/high-intent", h.extractHighIntent).BindFunc(signedIn)
	g.GET("/extracts/contract-amounts", h.extractContractAmounts).BindFunc(signedIn)
}

// extract is one of them: its columns, and its rows as people read them.
type extract struct {
	title   string
	columns []extractColumn
	rows    func(yield func(collections.ExtractRow) error) error
}

type extractColumn struct {
	key, label string
	kind       sheet.ColumnKind
}

// extractHighIntent is marketing's list: customers of high intent who agreed to marketing, the ways
// to reach them masked for everybody.
func (h *House) extractHighIntent(e *core.RequestEvent) error {
	reader, err := extractor(e, "marketing")
	if err != nil {
		return refuseError(e, err)
	}
	label := func(key string) string { return fields.Label(key, "zh") }
	return h.sendExtract(e, extract{"高意向标签清单", []extractColumn{
		{"number", label("number"), sheet.AsText}, {"name", label("name"), sheet.AsText},
		{"tags", label("tags"), sheet.AsText}, {"industry", label("industry"), sheet.AsText},
		{"region", "地区", sheet.AsText}, {"owner", label("owner"), sheet.AsText},
		{"contact", label("contacts.name"), sheet.AsText},
		{"mobile", label("mobile"), sheet.AsText}, {"landline", label("landline"), sheet.AsText},
		{"email", label("email"), sheet.AsText},
	}, func(yield func(collections.ExtractRow) error) error {
		return collections.HighIntent(collections.Through(e.App.DB()), reader, yield)
	}})
}

// extractContractAmounts is finance's list.
func (h *House) extractContractAmounts(e *core.RequestEvent) error {
	reader, err := extractor(e, "finance")
	if err != nil {
		return refuseError(e, err)
	}
	if !reader.Reads(fields.Financial).Plain() {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	label := func(key string) string { return fields.MustGet("contracts", key).Zh }
	return h.sendExtract(e, extract{"合同金额", []extractColumn{
		{"number", fields.Label("number", "zh"), sheet.AsText},
		{"name", fields.Label("name", "zh"), sheet.AsText},
		{"contract_number", label("number"), sheet.AsText},
		{"amount", label("amount"), sheet.AsMoney}, {"signed", label("signed"), sheet.AsDate},
		{"starts", label("starts"), sheet.AsDate}, {"ends", label("ends"), sheet.AsDate},
		{"state", label("state"), sheet.AsText},
	}, func(yield func(collections.ExtractRow) error) error {
		return collections.ContractAmounts(collections.Through(e.App.DB()), reader, yield)
	}})
}

// extractor: each extract is its own role's, and the data administrators'.
func extractor(e *core.RequestEvent, role string) (collections.Reader, error) {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err == nil && reader.Role != role && reader.Role != "data_admin" {
		err = ErrForbidden
	}
	return reader, err
}

// sendExtract streams an extract in the format asked for.
func (h *House) sendExtract(e *core.RequestEvent, x extract) error {
	format := orDefault(e.Request.URL.Query().Get("format"), "json")
	if !slices.Contains([]string{"json", "xlsx", "csv"}, format) {
		return refuse(e, http.StatusBadRequest, ErrExtractFormat)
	}
	err := h.note(e.App, actorIn(e), actExport, target{}, map[string]any{"extract": x.title,
		"format": format})
	if err != nil {
		return err
	}
	content, into := io.Pipe()
	defer content.Close()
	go func() {
		buffered := bufio.NewWriter(into)
		var err error
		if format == "json" {
			err = x.json(buffered)
		} else {
			err = x.sheet(buffered, format, h.extractCover(e, x.title))
		}
		if err == nil {
			err = buffered.Flush()
		}
		into.CloseWithError(err)
	}()
	if format == "json" {
		e.Response.Header().Set("Content-Type", "application/json")
		e.Response.WriteHeader(http.StatusOK)
		_, _ = io.Copy(e.Response, content) // an error breaks the answer off
		return nil
	}
	return sendFile(e, x.title+"-"+h.now().Format("20060102")+"."+format, content)
}

// json writes {"items": […]}, one row at a time. What is masked stands in masked, as in records.
func (x extract) json(w io.Writer) error {
	out := json.NewEncoder(w)
	separator := `{"items":[`
	err := x.rows(func(row collections.ExtractRow) error {
		if _, err := io.WriteString(w, separator); err != nil {
			return err
		}
		separator = ","
		return out.Encode(row)
	})
	if err != nil {
		return err
	}
	if separator != "," {
		separator += "]}"
	} else {
		separator = "]}"
	}
	_, err = io.WriteString(w, separator)
	return err
}

func (x extract) sheet(w io.Writer, format string, cover *sheet.Cover) error {
	table := sheet.Table{Name: x.title}
	for _, c := range x.columns {
		table.Columns = append(table.Columns, sheet.Column{Header: c.label, Kind: c.kind})
	}
	open := sheet.NewXLSX
	if format == "csv" {
		open = sheet.NewCSV
	}
	out, err := open(w, cover, table)
	if err != nil {
		return err
	}
	err = x.rows(func(row collections.ExtractRow) error {
		cells := make([]string, len(x.columns))
		for i, c := range x.columns {
			cells[i] = row.Text(c.key)
		}
		return out.Row(cells)
	})
	return firstError(err, out.Close())
}

func (h *House) extractCover(e *core.RequestEvent, title string) *sheet.Cover {
	return &sheet.Cover{Title: title, Lines: [][2]string{
		{"导出人", actorOf(e.Auth).Name}, {"导出时间", h.now().Format("2006-01-02 15:04:05")},
	}}
}
