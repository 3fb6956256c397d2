package hooks

// StopUpkeep ends the background work on duplicates, for tests that do it step by step.
func (h *House) StopUpkeep() { h.stopUpkeep() }
