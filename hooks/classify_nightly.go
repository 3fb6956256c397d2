package hooks

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
	"kehu/internal/schedule"
	"kehu/internal/tier"
)

// Bounds of a pass over the register: rows read at a time, chunks read before the place is noted, and
// customers written in one transaction, for which whoever saves meanwhile waits.
const (
	tierChunk = 2000
	tierReads = 10
	tierWrite = 50
)

// resorting is a pass over the register in the background.
type resorting struct {
	mu     sync.Mutex // one pass at a time
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// classifyJobs are the jobs of classification: before the reminders, which go by the tier.
func (h *House) classifyJobs() []Job {
	return []Job{{Name: "classification", Due: schedule.Daily(0, 30), Run: h.Classify, Retries: 2, Again: time.Minute}}
}

// startClassify takes up a pass that a stop or a change of policy has left to do.
func (h *House) startClassify() error {
	h.resort.ctx, h.resort.cancel = context.WithCancel(background())
	state, err := collections.ReadTiering(collections.Through(h.app.DB()))
	if err == nil && state.Todo != "" {
		h.wakeClassify()
	}
	return err
}

func (h *House) stopClassify() {
	if h.resort.cancel != nil {
		h.resort.cancel()
		h.resort.done.Wait()
	}
}

// wakeClassify works what is marked, in the background.
func (h *House) wakeClassify() {
	if h.resort.ctx == nil || h.resort.ctx.Err() != nil {
		return
	}
	h.resort.done.Go(func() {
		h.resort.mu.Lock()
		defer h.resort.mu.Unlock()
		if _, err := h.classifyPass(h.resort.ctx); err != nil && h.resort.ctx.Err() == nil {
			h.app.Logger().Error("classification", "error", err.Error())
		}
	})
}

// resortAll marks the whole register to be classified anew.
func (h *House) resortAll(app core.App) error {
	return collections.MarkTiering(collections.Through(app.DB()), collections.TodoAmounts, 0)
}

// Classify works what the clock alone changes: amounts that a year has passed over, the cuts of the
// value levels, tiers that hang on time.
func (h *House) Classify(ctx context.Context) (string, error) {
	h.resort.mu.Lock()
	defer h.resort.mu.Unlock()
	state, err := collections.ReadTiering(collections.Through(h.app.DB()))
	if err != nil {
		return "", err
	}
	if state.Todo == "" {
		if err := h.app.RunInTransaction(h.resortAll); err != nil {
			return "", err
		}
	}
	written, err := h.classifyPass(ctx)
	return fmt.Sprintf("%d customers", written), err
}

// classifyPass works in steps until nothing is marked. The place is stored with what a step writes, so
// a pass that was cut off goes on where it was; a new mark begins anew.
func (h *House) classifyPass(ctx context.Context) (written int, err error) {
	reader := collections.Through(h.app.DB())
	for {
		if err := ctx.Err(); err != nil {
			return written, err
		}
		state, err := collections.ReadTiering(reader)
		if err != nil || state.Todo == "" {
			return written, err
		}
		s := &tierStep{House: h, ctx: ctx, state: state, plain: map[[4]string]plainClass{},
			label: map[[3]string]string{}}
		if s.last, err = collections.LastDoc(reader); err != nil {
			return written, err
		}
		if err := s.work(reader); err != nil {
			return written, err
		}
		written += len(s.found)
	}
}

// tierStep is one step of a pass.
type tierStep struct {
	*House
	ctx   context.Context
	state collections.Tiering // as the step began
	last  int64               // place of the newest customer
	place int64
	found []string // customers to be written
	plain map[[4]string]plainClass
	label map[[3]string]string
}

// plainClass is what is decided about customers without a deal: by few words only, so that most of a
// register is decided about once.
type plainClass struct {
	result tier.Result
	why    string
}

func (s *tierStep) work(reader collections.DB) error {
	s.place = s.state.Place
	for n := 0; n < tierReads && s.place < s.last && len(s.found) < tierWrite; n++ {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		find := s.moved
		if s.state.Todo == collections.TodoAmounts {
			find = s.slid
		}
		ids, err := find(reader, s.place, s.place+tierChunk)
		if err != nil {
			return err
		}
		s.found, s.place = append(s.found, ids...), s.place+tierChunk
	}
	rest := s.found
	for len(rest) > tierWrite {
		if err := s.write(rest[:tierWrite], false); err != nil {
			return err
		}
		rest = rest[tierWrite:]
	}
	return s.write(rest, true)
}

func (s *tierStep) slid(reader collections.DB, after, to int64) ([]string, error) {
	return collections.SlidAmounts(reader, after, to, s.now().AddDate(0, 0, -365).Format("2006-01-02"))
}

// moved are those whose class is not what is stored.
func (s *tierStep) moved(reader collections.DB, after, to int64) ([]string, error) {
	policy := s.policies.Load().Tiering()
	list, err := collections.TieredRows(reader, after, to)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range list {
		differs, err := s.differs(&policy, t, s.state.Cuts)
		if err != nil {
			return nil, err
		}
		if differs {
			ids = append(ids, t.ID)
		}
	}
	return ids, nil
}

// differs compares what is stored with what is decided, without taking the stored reason apart where
// it is the same text.
func (s *tierStep) differs(policy *tier.Policy, t *collections.Tiered, cuts tier.Cuts) (bool, error) {
	c, err := s.decide(policy, t, cuts)
	if err != nil {
		return false, err
	}
	key := [3]string{t.Industry, c.result.Tier, t.Demands}
	label, known := s.label[key]
	if !known {
		label = labelFor(t.Industry, c.result.Tier, t.Demands)
		s.label[key] = label
	}
	return c.result.Tier != t.Tier || c.result.Rule != t.Rule || c.result.Value != t.Value || label != t.Label ||
		c.result.Cycle != "" && c.result.Cycle != t.Figures.Cycle || c.why != t.Reason, nil
}

func (s *tierStep) decide(policy *tier.Policy, t *collections.Tiered, cuts tier.Cuts) (plainClass, error) {
	f := &t.Figures
	person := t.Rule == tier.Overridden || strings.Contains(t.Reason, "won_from")
	isPlain := !person && !f.Deal && f.Annual == 0 && f.Total == 0
	key := [4]string{f.Influence, f.Growth, f.Intention, f.Stage}
	if c, known := s.plain[key]; known && isPlain {
		return c, nil
	}
	var by *tier.Override
	if person {
		why, err := t.Why()
		if err != nil {
			return plainClass{}, err
		}
		if t.WonFrom = why.WonFrom; t.Rule == tier.Overridden {
			by = why.Override
		}
	}
	c := plainClass{result: tier.Classify(f, policy, cuts, s.now(), by)}
	c.result.Why.WonFrom = t.WonFrom
	text, err := json.Marshal(c.result.Why)
	c.why = string(text)
	if isPlain {
		s.plain[key] = c
	}
	return c, err
}

// write stores a part of the step's customers, at its end with the place; nothing where a new mark came
// meanwhile.
func (s *tierStep) write(ids []string, end bool) error {
	s.giveWay(s.ctx)
	return s.app.RunInTransaction(func(tx core.App) error {
		db := collections.Through(tx.DB())
		now, err := collections.ReadTiering(db)
		if err != nil || now.Todo != s.state.Todo || now.Place != s.state.Place {
			return err
		}
		for _, id := range ids {
			if err := s.one(db, id, now.Cuts); err != nil {
				return err
			}
		}
		if len(ids) > 0 {
			if err := collections.FoldCounts(db); err != nil {
				return err
			}
		}
		if !end {
			return nil
		}
		return s.mark(db)
	})
}

func (s *tierStep) one(db collections.DB, id string, cuts tier.Cuts) error {
	if s.state.Todo == collections.TodoAmounts {
		return collections.RefreshDeals(db, id, s.now())
	}
	t, err := collections.ReadTiered(db, id)
	if err != nil || t == nil {
		return err
	}
	return s.classifier(db).write(t, cuts)
}

// mark notes how far the pass is: after the amounts come the cuts, then all customers.
func (s *tierStep) mark(db collections.DB) error {
	switch {
	case s.place < s.last:
		return collections.MarkTiering(db, s.state.Todo, s.place)
	case s.state.Todo == collections.TodoTiers:
		return collections.MarkTiering(db, "", 0)
	}
	cuts, _, err := collections.Cuts(db, s.policies.Load().ValueLevels, 0)
	if err != nil {
		return err
	}
	if err := collections.StoreCuts(db, cuts); err != nil {
		return err
	}
	return collections.MarkTiering(db, collections.TodoTiers, 0)
}
