package hooks

import (
	"kehu/collections"
	"kehu/internal/merge"
)

// settling puts back who hangs under whom.
type settling struct {
	*unmerging
	rows         map[string]merge.Row // of those whose parent is written
	changes, was map[string]merge.Row // columns of the living
}

// settleParents gives everybody whose parent goes back, and everybody who comes back, the customer
// above them as it is now. People may have put that customer below since, or a later merge has made it
// one of those below: a parent that would close a ring is left out, and listed.
func (u *unmerging) settleParents(changes, was map[string]merge.Row) error {
	s := &settling{u, map[string]merge.Row{}, changes, was}
	order := append([]string{}, u.shot.Merged()...)
	for _, id := range order {
		s.rows[id] = u.shot.Rows[id]
	}
	for _, id := range idsOf(changes) {
		if _, ok := changes[id]["parent"]; ok {
			s.rows[id] = changes[id]
			order = append(order, id)
		}
	}
	for _, id := range order {
		parent, err := u.livingParent(id, s.rows[id]["parent"])
		if err != nil {
			return err
		}
		s.rows[id]["parent"] = parent
		if err := s.partFromGone(id); err != nil {
			return err
		}
	}
	for _, id := range order {
		for ring := merge.Ring(id, s.above); len(ring) > 0; ring = merge.Ring(id, s.above) {
			if !s.givesWay(ring) {
				s.leave(id)
			}
		}
	}
	return nil
}

func (s *settling) above(id string) string {
	if row, ok := s.rows[id]; ok {
		return row.Text("parent")
	}
	return collections.ParentOf(s.db, id)
}

// partFromGone leaves out a customer above that is not in the register any more. One that lies in the
// archive is named again when it comes back.
func (s *settling) partFromGone(id string) error {
	above := s.rows[id].Text("parent")
	if _, restored := s.shot.Rows[above]; restored || above == "" {
		return nil
	}
	there, err := collections.StandsOrWaits(s.db, id, above)
	if err == nil && !there {
		s.list(id, above)
		s.rows[id]["parent"] = ""
	}
	return err
}

// givesWay opens a ring where a later merge closed it: that merge gives the parent back when it is
// undone itself.
func (s *settling) givesWay(ring []string) bool {
	for _, id := range ring {
		parent := s.above(id)
		for _, shot := range s.shots {
			if !shot.Redirect("customers", id, "parent", parent, "") {
				continue
			}
			if s.rows[id] == nil {
				if s.changes[id] == nil {
					s.changes[id], s.was[id] = merge.Row{}, merge.Row{}
				}
				s.rows[id], s.was[id]["parent"] = s.changes[id], parent
			}
			s.list(id, parent)
			s.rows[id]["parent"] = ""
			return true
		}
	}
	return false
}

// leave opens a ring that people closed: who came back hangs under nobody, who stayed where it hung,
// unless that closes one too.
func (s *settling) leave(id string) {
	s.list(id, s.above(id))
	s.rows[id]["parent"] = ""
	if now, stayed := s.was[id]; stayed {
		s.rows[id]["parent"] = now.Text("parent")
		if len(merge.Ring(id, s.above)) > 0 {
			s.rows[id]["parent"] = ""
		}
	}
}

func (s *settling) list(id, parent string) {
	s.left.Left = append(s.left.Left, map[string]string{"customer": id, "field": "parent", "value": parent})
}

// livingParent: the customer above may itself have been merged since. The row then hangs under its
// survivor, and the merge that took it will give it back.
func (u *unmerging) livingParent(child string, parent any) (any, error) {
	above, _ := parent.(string)
	for above != "" {
		if _, restored := u.shot.Rows[above]; restored {
			break
		}
		took, err := collections.MergeThatTook(u.db, above)
		if err != nil || took == nil {
			return above, err
		}
		shot, err := u.shotOf(took)
		if err != nil {
			return above, err
		}
		shot.Change("customers", child, "parent", above, took.Kept)
		if err := collections.TouchedBy(u.db, took.ID, []string{child}); err != nil {
			return above, err
		}
		above = took.Kept
	}
	return above, nil
}
