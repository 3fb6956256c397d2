package hooks

import (
	"encoding/json"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/mask"
	"kehu/internal/policy"
)

// maskedKey is where an answer holds what its reader may only recognise (data.md).
const maskedKey = "masked"

// recordShow withholds what the reader's role does not read plain, whichever way a record leaves:
// list, view, expand, realtime, batch, the answer to a write. Only hiding, and only after the rest
// has run: a mask that was set on a column would be carried on by a batch, a realtime message or
// a later save, and what is hidden before is shown again to superusers.
func (h *House) recordShow(e *core.RecordEnrichEvent) error {
	if err := e.Next(); err != nil {
		return err
	}
	reader := collections.Reader{Role: "nobody", Access: collections.AccessOf(e.App)}
	if auth := e.RequestInfo.Auth; auth != nil {
		reader.ID, reader.Role = auth.Id, auth.GetString("role")
		reader.Everything = auth.IsSuperuser()
	}
	if e.Record.Collection().Name == "staff" && reader.Role == "data_admin" {
		e.Record.IgnoreEmailVisibility(true) // who makes the links knows whose they are
	}
	s := &showing{app: e.App, reader: reader, record: e.Record, masked: map[string]any{}}
	s.show()
	return nil
}

// showing is one record on its way to one reader.
type showing struct {
	app    core.App
	reader collections.Reader
	record *core.Record
	masked map[string]any
}

func (s *showing) show() {
	collection := s.record.Collection().Name
	draft := s.ownDraft(collection)
	if collection == "import_rows" && (draft || s.reader.ReadsContact()) {
		s.sealedCells()
	}
	if s.reader.Everything || s.record.Collection().System {
		for _, f := range fields.Of(collection) {
			if f.Parts {
				s.parts(f, true)
			}
		}
		s.answer()
		return
	}
	for _, field := range s.record.Collection().Fields {
		if name := field.GetName(); !field.GetHidden() {
			s.field(collection, name, draft)
		}
	}
	s.answer()
}

// field shows, masks or hides one field.
func (s *showing) field(collection, name string, draft bool) {
	class, known := collections.ClassIn(s.record, name)
	if !known {
		if !s.reader.ReadsAllPlain() {
			s.record.Hide(name)
		}
		return
	}
	reading := s.reader.Reads(class)
	if draft && class != fields.Sensitive {
		reading = policy.Write // roles.md: own drafts RW
	}
	f, listed := fields.Get(collection, name)
	if collection == "archives" && name == "name" {
		f = fields.MustGet("customers", "name") // how it is masked
	}
	switch {
	case class == fields.Sensitive: // the stored value is its mask
		if reading.Hidden() {
			s.record.Hide(name)
		}
	case listed && f.Kind == fields.File:
		if !s.reader.Opens(f) {
			s.record.Hide(name) // a file that is not opened is not offered
		}
	case listed && f.Parts:
		s.parts(f, draft)
	case collection == "tasks" && name == "title":
		s.title(reading)
	case !reading.Plain():
		s.withhold(f, name, reading)
	}
}

// withhold hides a value, and gives its mask where the role may have it.
func (s *showing) withhold(f *fields.Field, name string, reading policy.Reading) {
	s.record.Hide(name)
	if f == nil || reading.Hidden() {
		return
	}
	if shown := maskOf(f, s.record); shown != "" {
		s.masked[name] = shown
	}
}

// maskOf masks a stored value by the kind of its field, "" where there is nothing to mask.
func maskOf(f *fields.Field, record *core.Record) string {
	if f.IsText() {
		return mask.Value(f, record.GetString(f.Key))
	}
	if (f.Kind == fields.Money || f.Kind == fields.Number) && record.GetFloat(f.Key) == 0 ||
		f.Kind == fields.JSON || f.Kind == fields.Bool {
		return ""
	}
	return mask.Hidden
}

// parts shows of a JSON field whose parts are keyed by other fields those that the reader reads.
func (s *showing) parts(f *fields.Field, draft bool) {
	all := map[string]any{}
	if s.record.UnmarshalJSONField(f.Key, &all) != nil || len(all) == 0 {
		return
	}
	shown := map[string]any{}
	for key, part := range all {
		class, known := collections.ClassIn(s.record, key)
		if known && class != fields.Sensitive && (draft || s.reader.Reads(class).Plain()) {
			shown[key] = part
		}
	}
	if len(shown) == len(all) {
		return
	}
	s.record.Hide(f.Key)
	if len(shown) > 0 {
		s.masked[f.Key] = shown
	}
}

// title masks the name of a person within the title of a task.
func (s *showing) title(reading policy.Reading) {
	customer, title := s.record.GetString("customer"), s.record.GetString("title")
	if reading.Plain() || customer == "" {
		return
	}
	c, found := collections.WhoIs(collections.Through(s.app.DB()), customer)
	if !found {
		return
	}
	for _, name := range c.People {
		title = strings.ReplaceAll(title, name, mask.Person(name))
	}
	if title != s.record.GetString("title") {
		s.record.Hide("title")
		s.masked["title"] = title
	}
}

// ownDraft tells whether the record is, or belongs to, a draft that the reader entered. Only the
// roles that enter customers for others to own have drafts which they otherwise read masked.
func (s *showing) ownDraft(collection string) bool {
	if s.reader.Role != "service" && s.reader.Role != "marketing" {
		return false
	}
	if collection == "customers" {
		return isDraft(s.record.GetString("status")) && s.record.GetString("owner") == s.reader.ID
	}
	if collection == "imports" || collection == "import_rows" {
		return true // its rule gives it to whoever sent it
	}
	customer := s.record.GetString("customer")
	if len(fields.Of(collection)) == 0 || customer == "" {
		return false
	}
	c, found := collections.WhoIs(collections.Through(s.app.DB()), customer)
	return found && isDraft(c.Status) && c.Owner == s.reader.ID
}

// isDraft: what is returned is edited like a draft.
func isDraft(status string) bool { return status == "draft" || status == "rejected" }

// sealedCells shows stars where a row of an import holds a number of class S, which is stored
// sealed: not even its ciphertext is sent.
func (s *showing) sealedCells() {
	var cells []any
	if s.record.UnmarshalJSONField("raw", &cells) != nil {
		return
	}
	sealed := false
	for i, cell := range cells {
		if _, isText := cell.(string); !isText {
			cells[i], sealed = sealedCell, true
		}
	}
	if sealed {
		s.record.Hide("raw")
		s.masked["raw"] = cells
	}
}

// sealedCell is what is shown in place of a cell of class S.
const sealedCell = "******"

// answer puts the masks beside the record's own fields. Keys that only the product's own code or
// an expand put on the record stay unsent.
func (s *showing) answer() {
	if len(s.masked) == 0 {
		return
	}
	for key := range s.record.CustomData() {
		if key != mergedFrom && key != mergedNumbers {
			s.record.Hide(key)
		}
	}
	s.record.WithCustomData(true).SetRaw(maskedKey, s.masked)
	s.record.Unhide(maskedKey)
}

// shownAs is a record as a reader's answer holds it, for routes that answer more than the record.
func (h *House) shownAs(app core.App, reader collections.Reader, record *core.Record) map[string]any {
	s := &showing{app: app, reader: reader, record: record.Fresh(), masked: map[string]any{}}
	s.show()
	text, err := json.Marshal(s.record)
	if err != nil {
		return nil
	}
	answer := map[string]any{}
	_ = json.Unmarshal(text, &answer) // what was just written
	return answer
}
