package demo

import (
	"fmt"
	"slices"
)

// twoYears is how far the history of the demonstration reaches back, in days.
const twoYears = 730

// deal gives a customer its stage and what happened since it came.
func (i *inventor) deal(c *customer, n int) {
	c.status = "active"
	switch n % 20 {
	case 18:
		c.status = "pending"
	case 19:
		c.status = "draft"
	}
	came := 60 + i.IntN(twoYears-60) // days ago
	c.stageDates = map[string]string{"potential": i.day(came)}
	switch roll := i.IntN(100); {
	case c.status != "active" || roll < 22:
		c.values["stage"] = "potential"
	case roll < 47:
		i.reach(c, "intent", came*2/3)
	case roll < 92:
		i.win(c, came)
	default:
		i.lose(c, twoYears/2+i.IntN(twoYears/2))
	}
	if c.status == "draft" {
		for _, key := range []string{"industry", "current_need", "headcount", "revenue"} {
			delete(c.values, key)
		}
	}
	i.follow(c, came)
	if stage := c.values["stage"]; stage == "won" || stage == "lost" {
		i.serve(c, came)
	}
}

func (i *inventor) reach(c *customer, stage string, ago int) {
	c.values["stage"] = stage
	c.stageDates[stage] = i.day(ago)
	c.values["intention"] = pick(i.Rand, []string{"high", "medium", "medium", "low"})
}

// win: a contract or two and the orders under them.
func (i *inventor) win(c *customer, came int) {
	i.reach(c, "intent", came*5/6)
	i.reach(c, "won", came*3/4)
	c.values["purchased"] = pick(i.Rand, i.goods(c))
	c.values["satisfaction"] = float64(3 + i.IntN(3))
	for n := range 1 + i.IntN(2) {
		c.contracts = append(c.contracts, i.contract(c, max(came*3/4-n*200, 20)))
	}
	if i.chance(30) {
		c.orders = append(c.orders, i.order(c, i.IntN(came*3/4), "done"))
	}
}

// lose: an old contract that was not renewed.
func (i *inventor) lose(c *customer, ago int) {
	i.reach(c, "lost", ago/2)
	k := i.contract(c, ago)
	k.values["state"] = "done"
	k.orders = slices.DeleteFunc(k.orders, func(o map[string]any) bool {
		return o["date"].(string) > i.day(ago/2)
	})
	c.contracts = []contract{k}
}

func (i *inventor) goods(c *customer) []string {
	if c.values["kind"] == "individual" {
		return homeProducts
	}
	return products
}

// contract of one year, signed so many days ago.
func (i *inventor) contract(c *customer, ago int) contract {
	k := contract{values: map[string]any{"title": pick(i.Rand, i.goods(c)) + "采购合同",
		"signed": i.day(ago), "starts": i.day(ago - 7), "ends": i.day(ago - 372),
		"state": "running"}}
	if ago > 372 {
		k.values["state"] = "done"
	}
	total := 0.0
	for at := ago - 10; at > 0 && len(k.orders) < 4; at -= 30 + i.IntN(80) {
		order := i.order(c, at, "done")
		if at < 20 {
			order["state"] = pick(i.Rand, []string{"placed", "delivering"})
		}
		total += order["amount"].(float64)
		k.orders = append(k.orders, order)
	}
	k.values["amount"] = total + 1000*float64(1+i.IntN(20))
	return k
}

func (i *inventor) order(c *customer, ago int, state string) map[string]any {
	unit := 1000.0
	if c.values["kind"] == "individual" {
		unit = 50
	}
	if i.chance(3) {
		state = "cancelled"
	}
	return map[string]any{"number": fmt.Sprintf("DD-%s-%03d", i.day(ago), i.IntN(1000)),
		"date": i.day(ago), "product": pick(i.Rand, i.goods(c)), "state": state,
		"amount": unit*float64(2+i.IntN(120)) + float64(i.IntN(100))/100}
}

// follow writes what was said, the oldest first; the last entry says what comes next.
func (i *inventor) follow(c *customer, came int) {
	times := 1 + i.IntN(5)
	for n := range times {
		t := pick(i.Rand, talks)
		ago := came - came*n/times
		entry := map[string]any{"date": i.day(ago), "staff": c.values["owner"],
			"method": pick(i.Rand, []string{"phone", "phone", "visit", "wechat", "email",
				"meeting"}),
			"summary": t.summary, "next_step": t.next}
		if n == times-1 {
			entry["next_date"] = i.day(-1 - i.IntN(30))
		}
		c.followups = append(c.followups, entry)
	}
}

// serve opens tickets, most of them closed within the week.
func (i *inventor) serve(c *customer, came int) {
	for range i.IntN(3) {
		t, ago := pick(i.Rand, issues), 1+i.IntN(came)
		ticket := map[string]any{"kind": t.kind, "subject": t.subject, "body": t.body,
			"opened": i.day(ago), "assignee": memberOf("service").email(), "state": "open"}
		if ago > 5 {
			ticket["state"], ticket["resolution"] = "done", t.resolution
			ticket["closed"] = i.day(ago - 1 - i.IntN(4))
			ticket["satisfaction"] = float64(3 + i.IntN(3))
		}
		c.tickets = append(c.tickets, ticket)
	}
}
