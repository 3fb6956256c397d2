package hooks

import (
	"sync"
	"time"

	"kehu/internal/fault"
)

// ErrQuota: whoever asks about many customers that are not theirs is reading the register.
var ErrQuota = fault.Define("check_quota", "查重次数已达本小时上限，请稍后再试，或联系数据管理员",
	"You have checked as often as one may in an hour: try again later, or ask a data administrator")

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
