package hooks

import (
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/mask"
)

// Faults of the shared pool.
var (
	ErrPoolTaken = fault.Define("pool_taken", "此客户已被他人领取", "Somebody else has claimed this customer")
	ErrPoolLost  = fault.Define("pool_lost", "此客户刚从您名下退回公海，{day}起才能再领取",
		"You have just lost this customer to the pool; you may claim it from {day} on")
	ErrPoolQuota = fault.Define("pool_quota", "今天已领取{n}个客户，达到每天的上限",
		"You have claimed {n} customers today, which is the limit of a day")
)

// poolPage is how many customers a page of the pool holds.
const poolPage = 50

func (h *House) bindPool(g *router.RouterGroup[*core.RequestEvent]) {
	g.GET("/pool", h.pool).BindFunc(signedIn)
	g.POST("/customers/{id}/claim", h.poolClaim).BindFunc(signedIn)
}

// poolReach are the departments whose pool a member sees and claims from: one's own and those below it
// for sales and managers; every for data administrators, who give customers rather than claim them.
func poolReach(db collections.DB, r collections.Reader, who person) (departments []string, every bool, err error) {
	switch r.Role {
	case "data_admin":
		return nil, true, nil
	case "sales", "manager":
		departments, err = collections.DepartmentsBelow(db, who.Department)
		return departments, false, err
	}
	return nil, false, ErrForbidden
}

// pool answers GET /pool: what may be claimed, by its basic data; the names of persons are masked.
func (h *House) pool(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	db, who := collections.Through(e.App.DB()), personOf(e.App, e.Auth)
	departments, every, err := poolReach(db, reader, who)
	if err != nil {
		return refuseError(e, err)
	}
	page := max(1, atoi(e.Request.URL.Query().Get("page")))
	list, err := collections.PoolOf(db, departments, every, (page-1)*poolPage, poolPage+1)
	if err != nil {
		return err
	}
	items, set := []map[string]any{}, h.policies.Load().Pool
	for _, p := range list[:min(len(list), poolPage)] {
		one := map[string]any{"id": p.ID, "number": p.Number, "kind": p.Kind, "stage": p.Stage, "tier": p.Tier,
			"industry": p.Industry, "department": p.Department, "since": p.Since, "at": p.At}
		if p.Kind == "individual" {
			one["masked"] = map[string]any{"name": mask.Person(p.Name)}
		} else {
			one["name"] = p.Name
		}
		if reader.Role != "data_admin" {
			_, waits := h.lostUntil(&p, who.Staff)
			one["claimable"] = !waits
		}
		items = append(items, one)
	}
	answer := map[string]any{"items": items, "more": len(list) > poolPage, "days": set.Days}
	if reader.Role != "data_admin" {
		taken, err := collections.Claims(db, who.Staff, h.now().Format(time.DateOnly))
		if err != nil {
			return err
		}
		answer["left"] = max(0, set.PerDay-taken)
	}
	return e.JSON(http.StatusOK, answer)
}

// lostUntil is the day from which whoever lost a customer may claim it again, where it lies ahead.
func (h *House) lostUntil(p *collections.Pooled, staff string) (day string, waits bool) {
	lost, err := time.Parse(time.DateOnly, strings.Split(p.At, " ")[0])
	if err != nil || p.LostBy != staff {
		return "", false
	}
	day = lost.AddDate(0, 0, h.policies.Load().Pool.Again).Format(time.DateOnly)
	return day, h.now().Format(time.DateOnly) < day
}

// poolClaim answers POST /customers/{id}/claim: of two who claim at once one has it, the other is told.
func (h *House) poolClaim(e *core.RequestEvent) error {
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	who := personOf(e.App, e.Auth)
	if reader.Role != "sales" && reader.Role != "manager" || who.Staff == "" {
		return refuse(e, http.StatusForbidden, ErrForbidden)
	}
	id, number := e.Request.PathValue("id"), ""
	err = e.App.RunInTransaction(func(tx core.App) error {
		db, at, day := collections.Through(tx.DB()), stampOf(h.options.Clock()), h.now().Format(time.DateOnly)
		p, err := h.claimable(db, reader, who, id, day)
		if err != nil {
			return err
		}
		number = p.Number
		if err := collections.Claim(db, p, who.Staff, who.Department, day, at); err != nil {
			return err
		}
		owner, by := fields.MustGet("customers", "owner"), actorIn(e)
		err = collections.AppendChanges(db, collections.Cause{By: by.ID, ByName: by.Name, Reason: "从公海领取", At: at,
			Via: "edit"}, []collections.Change{{Customer: id, Collection: "customers", Record: id, Field: owner.Key,
			Class: owner.Class, Old: "", New: who.Staff}})
		if err != nil {
			return err
		}
		return h.note(tx, by, actPoolClaim, on("customers", id), map[string]any{"number": p.Number, "lost_by": p.LostBy})
	})
	if found, ok := fault.Of(err); ok {
		switch found.Code {
		case ErrPoolTaken.Code, ErrPoolLost.Code:
			return refuse(e, http.StatusConflict, found)
		case ErrPoolQuota.Code:
			return refuse(e, http.StatusTooManyRequests, found)
		}
	}
	if err != nil {
		return refuseError(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"id": id, "number": number, "owner": who.Staff})
}

// claimable reads a customer of the pool that a member may claim now.
func (h *House) claimable(db collections.DB, r collections.Reader, who person, id, day string) (*collections.Pooled, error) {
	departments, _, err := poolReach(db, r, who)
	if err != nil {
		return nil, err
	}
	p, err := collections.InPool(db, id)
	if err != nil {
		return nil, err
	}
	if p == nil {
		taken, err := collections.ClaimedIn(db, id, departments)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, ErrPoolTaken
		}
		return nil, ErrMissingRecord
	}
	if !contains(departments, p.Department) {
		return nil, ErrMissingRecord
	}
	if from, waits := h.lostUntil(p, who.Staff); waits {
		return nil, ErrPoolLost.With("day", from)
	}
	n, err := collections.Claims(db, who.Staff, day)
	if err != nil {
		return nil, err
	}
	if n >= h.policies.Load().Pool.PerDay {
		return nil, ErrPoolQuota.With("n", n)
	}
	return p, nil
}
