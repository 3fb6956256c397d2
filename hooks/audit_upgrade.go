package hooks

// NoteUpgrade puts on record that a newer program brought the tables up to date.
func (h *House) NoteUpgrade(detail map[string]any) error {
	return h.note(h.app, system, actUpgrade, target{}, detail)
}
