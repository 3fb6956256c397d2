package workday

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// noticeJSON is the union of the shapes that are read.
type noticeJSON struct {
	Holidays map[string]string `json:"holidays"` // chinese-days: "New Year's Day,元旦,1"
	Workdays map[string]string `json:"workdays"`
	Days     []noticeEntry     `json:"days"` // holiday-cn
}

type noticeEntry struct {
	Date     string `json:"date"`
	Kind     Kind   `json:"kind"`
	Name     string `json:"name"`
	IsOffDay *bool  `json:"isOffDay"`
}

func (n *notice) readJSON(text string) error {
	var whole noticeJSON
	var target any = &whole
	if strings.HasPrefix(text, "[") {
		target = &whole.Days
	}
	if err := json.Unmarshal([]byte(text), target); err != nil {
		return ErrJSON.Because(err)
	}
	if err := n.addNamed(whole.Holidays, Holiday); err != nil {
		return err
	}
	if err := n.addNamed(whole.Workdays, Workday); err != nil {
		return err
	}
	for i, entry := range whole.Days {
		place := fmt.Sprintf("第 %d 项", i+1)
		if err := n.addOn(place, entry.Date, entry.kind(), entry.Name); err != nil {
			return err
		}
	}
	return nil
}

// addNamed adds a map of dates and names, in order so that the first fault is always the same.
func (n *notice) addNamed(named map[string]string, kind Kind) error {
	for _, date := range slices.Sorted(maps.Keys(named)) {
		name := named[date]
		if parts := strings.Split(name, ","); len(parts) == 3 {
			name = parts[1]
		}
		if err := n.addOn(string(kind)+"s", date, kind, name); err != nil {
			return err
		}
	}
	return nil
}

func (n *notice) addOn(place, date string, kind Kind, name string) error {
	d, err := noticeDate(place, date)
	if err != nil {
		return err
	}
	if kind != Holiday && kind != Workday {
		return ErrEntryKind.With("place", place)
	}
	return n.add(place, d, d, kind, name)
}

func (e noticeEntry) kind() Kind {
	switch {
	case e.IsOffDay == nil:
		return e.Kind
	case *e.IsOffDay:
		return Holiday
	}
	return Workday
}
