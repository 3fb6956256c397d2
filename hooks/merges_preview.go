package hooks

import (
	"encoding/json"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/merge"
)

// because is a reason as it is answered.
func because(found *fault.Fault, lang string) map[string]string {
	return map[string]string{"code": found.Code, "text": found.In(lang)}
}

// preview puts customers side by side: per field the values and the suggested one with its reason.
func (m *merging) preview(ids []string) (map[string]any, error) {
	if len(ids) < 2 {
		return nil, merge.ErrFew
	}
	if err := m.read(ids); err != nil {
		return nil, err
	}
	suggested, why := merge.SuggestKeep(m.records)
	keep := suggested
	if contains(ids, m.body.Keep) {
		keep = m.body.Keep
	}
	records := []map[string]any{}
	for _, r := range m.records {
		one, err := m.recordShown(r)
		if err != nil {
			return nil, err
		}
		records = append(records, one)
	}
	rows := []map[string]any{}
	for _, s := range merge.Suggest(keep, m.records, m.reviewed()) {
		if row := m.fieldShown(s); row != nil {
			rows = append(rows, row)
		}
	}
	return map[string]any{"keep": keep, "suggested_keep": suggested, "keep_reason": because(why, m.lang),
		"records": records, "fields": rows, "problems": m.problems(keep)}, nil
}

func (m *merging) recordShown(r merge.Record) (map[string]any, error) {
	counts := map[string]int{}
	for _, name := range collections.Belongings {
		n, err := collections.CountBelongings(m.db, name, r.ID)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			counts[name] = n
		}
	}
	shown := map[string]any{"id": r.ID, "counts": counts}
	for _, column := range []string{"number", "name", "kind", "status", "owner", "department", "verified",
		"created", "updated"} {
		if f, ok := fields.Get("customers", column); ok && !m.plain(f) {
			continue
		}
		shown[column] = r.Row.Text(column)
	}
	return shown, nil
}

func (m *merging) plain(f *fields.Field) bool {
	class := f.Class
	if collections.IsPersonal(f.Key) {
		class = fields.Contact // of an individual
	}
	reading := m.reader.Reads(class)
	return reading.Plain() || !reading.Hidden() && class == fields.Sensitive // the column holds the mask
}

// fieldShown is one line of the comparison; nil for a field that the reader does not read.
func (m *merging) fieldShown(s merge.Suggestion) map[string]any {
	f := fields.MustGet("customers", s.Field)
	if !m.plain(f) {
		return nil
	}
	values, texts, same := map[string]any{}, map[string]string{}, true
	first := m.records[0]
	for _, r := range m.records {
		values[r.ID] = asSent(f, r.Row[s.Field])
		if id := r.Row.Text(s.Field); id != "" && named[f.Kind] != "" {
			texts[r.ID] = collections.NameOf(m.db, named[f.Kind], id)
		}
		same = same && merge.Same(r.Row[s.Field], first.Row[s.Field])
	}
	if s.Field == "cert_no" {
		for _, r := range m.records {
			same = same && r.Certificate == first.Certificate
		}
	}
	return map[string]any{"field": s.Field, "label": f.Label(m.lang), "values": values, "texts": texts, "same": same,
		"suggested": s.ID, "reason": because(s.Reason, m.lang)}
}

// named are the kinds whose value is an id that says nothing to people.
var named = map[fields.Kind]string{fields.Industry: "industries", fields.Division: "divisions",
	fields.Customer: "customers"}

// asSent is a stored value as records are answered over REST.
func asSent(f *fields.Field, value any) any {
	text, isText := value.(string)
	switch f.Kind {
	case fields.SelectMany, fields.Tags, fields.JSON:
		var out any
		if !isText || json.Unmarshal([]byte(text), &out) != nil {
			return []any{}
		}
		return out
	case fields.Bool:
		return value == int64(1)
	}
	if value == nil {
		return ""
	}
	return value
}

// problems are what the merge would be refused for as it stands.
func (m *merging) problems(keep string) []map[string]string {
	found := []map[string]string{}
	m.body.Keep = keep
	err := m.unchanged()
	if err == nil {
		_, err = merge.Make(m.wish())
	}
	if refused, ok := fault.Of(err); ok {
		found = append(found, map[string]string{"code": refused.Code, "message": refused.In(m.lang)})
	}
	return found
}
