package hooks

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/fault"
)

// ErrQuota: whoever asks about many customers that are not theirs is reading the register.
var ErrQuota = fault.Define("check_quota", "查重次数已达本小时上限，请稍后再试，或联系数据管理员",
	"You have checked as often as one may in an hour: try again later, or ask a data administrator")

// ErrNumbersQuota: whoever compares many numbers finds out whose are on record.
var ErrNumbersQuota = fault.Define("numbers_quota",
	"今天比对的证件号码和银行账号已达上限（{limit}个），请明天再试，或请数据管理员调整策略 reveal",
	"You have compared {limit} certificate and account numbers today, which is the limit: go on "+
		"tomorrow, or ask a data administrator about the policy “reveal”")

// numbersAsked remembers, as prints, the different numbers that a person compared with the register
// today. It is in memory, because what is refused leaves nothing in the database.
type numbersAsked struct {
	mu  sync.Mutex
	day string
	of  map[string]map[string]bool // person → prints
}

// take notes numbers, and tells whether they are still within the limit. The same number may be
// asked about again: a form does so while it is filled in.
func (n *numbersAsked) take(who string, prints []string, limit int, day string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.day != day {
		n.day, n.of = day, map[string]map[string]bool{}
	}
	seen := n.of[who]
	if seen == nil {
		seen = map[string]bool{}
		n.of[who] = seen
	}
	for _, print := range prints {
		if seen[print] {
			continue
		}
		if len(seen) >= limit {
			return false
		}
		seen[print] = true
	}
	return true
}

// mayCompare counts the sensitive numbers that a person is about to have compared, before anything
// is looked for: beyond the quota a number on record and one that is not are answered the same.
func (h *House) mayCompare(auth *core.Record, sealed map[string]string) error {
	if auth == nil || isCommand(auth) {
		return nil
	}
	var prints []string
	for _, field := range slices.Sorted(maps.Keys(sealed)) {
		if plain := sealed[field]; plain != "" {
			prints = append(prints, h.print(field, plain))
		}
	}
	limit := h.policies.Load().Reveals.NumbersPerDay
	if h.numbersAsked.take(auth.Id, prints, limit, h.now().Format("2006-01-02")) {
		return nil
	}
	return ErrNumbersQuota.With("limit", limit)
}

// quotas count what a person did within the last hour. They are kept in memory: a restart forgives.
type quotas struct {
	mu   sync.Mutex
	used map[string]*spent
}

type spent struct {
	since time.Time
	n     int
}

// mostQuotas bounds the persons remembered; beyond it those whose hour is over are forgotten.
const mostQuotas = 10_000

// take counts one more, and tells whether that is still within the limit.
func (q *quotas) take(name string, limit int, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used == nil {
		q.used = map[string]*spent{}
	}
	if len(q.used) > mostQuotas {
		for key, s := range q.used {
			if now.Sub(s.since) >= time.Hour {
				delete(q.used, key)
			}
		}
	}
	s := q.used[name]
	if s == nil || now.Sub(s.since) >= time.Hour {
		s = &spent{since: now}
		q.used[name] = s
	}
	if s.n >= limit {
		return false
	}
	s.n++
	return true
}
