package hooks

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"kehu/internal/cn"
	"kehu/internal/fields"
	"kehu/internal/sheet"
)

// Bounds of what is kept of a workbook beside itself: a preview is one value of the database.
const (
	maxHeader   = 200 // characters of a header
	maxShown    = 200 // characters of a cell that a preview shows
	maxFileName = 120 // characters of a file's name
	maxChoice   = 200 << 10
	maxSample   = 300 << 10 // bytes of a preview's rows
)

// cut is a text's first characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// fileTitle is the name that a person's file has, as a text: without its folders on whatever
// system, without signs that cannot be seen, and short.
func fileTitle(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) || r == '/' || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name))
	if strings.Trim(name, ".") == "" {
		return "未命名"
	}
	name = withoutNumbers(name)
	runes, ending := []rune(name), []rune(fileEnding(name))
	if len(runes) > maxFileName {
		name = string(runes[:maxFileName-len(ending)]) + string(ending)
	}
	return name
}

// withoutNumbers puts stars in the place of certificate and card numbers: a person's scan is often
// named by its number.
func withoutNumbers(text string) string {
	found := cn.FindSensitive(text)
	for i := len(found) - 1; i >= 0; i-- { // from the end, so that the offsets stay right
		text = text[:found[i].Start] + "****" + text[found[i].End:]
	}
	return text
}

// fileEnding is the ending under which a workbook is stored: what it is, its content tells.
func fileEnding(name string) string {
	if ending := strings.ToLower(path.Ext(name)); ending == ".xlsx" || ending == ".csv" {
		return ending
	}
	return ""
}

// checkChosen refuses choices that no person makes.
func checkChosen(p importPreview) error {
	text, err := json.Marshal([]any{p.Sheet, p.Chosen, p.Options})
	if err != nil || len(text) > maxChoice {
		return ErrBody.With("why", "sheet, mapping, options").Because(err)
	}
	for _, reason := range append(slices.Collect(maps.Values(p.Options.Confirm)), p.Options.Duplicate) {
		if len(cn.FindSensitive(reason)) > 0 {
			return errSensitiveReason()
		}
	}
	purposes := fields.MustGet("consents", "purposes").Options
	for _, purpose := range p.Options.Consent {
		if !slices.ContainsFunc(purposes, func(o fields.Option) bool { return o.Key == purpose }) {
			return ErrBody.With("why", "consent")
		}
	}
	version := fields.MustGet("consents", "statement_version")
	if len([]rune(p.Options.Statement)) > version.Max {
		return ErrBody.With("why", "statement_version")
	}
	return nil
}

// show adds a row to the preview's sample, its cells cut, while there is room.
func (p *importPreview) show(row previewRow, room *int) {
	for i, text := range row.Cells {
		row.Cells[i] = cut(text, maxShown)
	}
	text, err := json.Marshal(row)
	if err != nil || len(text) > *room {
		return
	}
	*room -= len(text)
	p.Sample = append(p.Sample, row)
}

// repeatsHeader: where pages were put together, the header stands again between the rows.
func (p *rowPlan) repeatsHeader(row *sheet.Row) bool {
	same := false
	for _, c := range p.mapping.Columns {
		if c.Index >= len(row.Cells) {
			continue
		}
		text := row.Cells[c.Index].String()
		if text == "" {
			continue
		}
		if c.Header != strings.TrimSpace(cn.Text(cut(text, maxHeader))) {
			return false
		}
		same = true
	}
	return same
}
