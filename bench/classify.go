package bench

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/pocketbase/dbx"
)

// The limits of the classification of a whole register, and of the dashboard.
const (
	classifyRatio    = 5.0 // × the CPU of reading the rows
	classifyMemory   = 256 // MiB above what was used before
	classifyLatency  = 250 // ms, p99 of others meanwhile
	dashboardLatency = 300 // ms, p99
	withOrders       = 5   // one customer of so many has orders
	classifyLook     = 100 * time.Millisecond
	classifyMost     = 2 * time.Hour
)

// measureClassify gives customers orders, classifies the whole register twice — first all those, then
// as a night does that finds nothing to write — and asks for the dashboard.
func measureClassify(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	if err := r.giveOrders(); err != nil {
		return err
	}
	id, err := r.ownCustomer("分级时修改的客户")
	if err != nil {
		return err
	}
	policy, err := r.classes("", 11)
	if err != nil {
		return err
	}
	begin := time.Now()
	others := r.besideClasses(ctx, id)
	err = r.classified(ctx)
	latencies := others.end()
	if err != nil {
		return err
	}
	report.note("classification: %.0f customers/s while %d are written", float64(o.Rows)/time.Since(begin).Seconds(),
		o.Rows/withOrders)
	report.meanwhile("classification", latencies, classifyLatency)
	floor, err := r.readRows()
	if err != nil {
		return err
	}
	runtime.GC()
	debug.FreeOSMemory()
	memory, base, before := watchMemory(os.Getpid()), residentMiB(os.Getpid()), cpuTime()
	if _, err := r.classes(policy, 11); err != nil { // the same: a night that finds nothing to write
		return err
	}
	if err := r.classified(ctx); err != nil {
		return err
	}
	report.ratio("classification: CPU against reading the rows", cpuTime()-before, floor, classifyRatio)
	report.under("classification: memory above the rest", memory.end()-base, classifyMemory, "MiB")
	for _, role := range []string{"executive", "sales", "manager", "service", "finance", "data_admin"} {
		latency, err := r.repeat(100, func(int) (string, string, any) { return "GET", "/api/kehu/dashboard", nil }, role, 1)
		if err != nil {
			return err
		}
		report.under("dashboard as "+role+": p99", percentile(latency, 0.99), dashboardLatency, "ms")
	}
	return nil
}

// classes stores the policy of value levels with another share, which has the register sorted anew.
func (r *register) classes(id string, high int) (string, error) {
	method, path := "POST", "/api/collections/policies/records"
	if id != "" {
		method, path = "PATCH", path+"/"+id
	}
	var made struct{ ID string }
	_, err := r.call("", method, path, map[string]any{"key": "value", "value": map[string]any{"high_percent": high}}, &made)
	return made.ID, err
}

// classified waits until the register is sorted.
func (r *register) classified(ctx context.Context) error {
	begin := time.Now()
	for {
		var answer struct{ Classifying bool }
		if _, err := r.call("", "GET", "/api/kehu/dashboard", nil, &answer); err != nil || !answer.Classifying {
			return err
		}
		if time.Since(begin) > classifyMost {
			return fmt.Errorf("the classification does not end")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(classifyLook):
		}
	}
}

func (r *register) besideClasses(ctx context.Context, id string) *load {
	const records = "/api/collections/customers/records"
	return startRequests(ctx, r, scanPace, func(i int) (string, string, string, any) {
		switch i % 3 {
		case 0:
			return "executive", "GET", records + "?sort=-updated&skipTotal=1", nil
		case 1:
			return "manager", "GET", "/api/kehu/search?q=" + brand(i), nil
		}
		return "sales", "PATCH", records + "/" + id, map[string]any{"current_need": fmt.Sprintf("第%d次沟通", i)}
	})
}

// ordersOf are four orders of one customer in five, a quarter apart, of other amounts.
var ordersOf = []string{
	`INSERT INTO orders (id, customer, number, date, product, state, amount, opening, note, since, contract, created, updated)
		SELECT 'b' || substr('0000000000000' || doc, -13) || n.value, customers.id, '', date('now', '-' || (n.value * 80) || ' days'),
			'光谱仪', 'done', 100 + doc * 7919 % 99991, FALSE, '', '', '', customers.created, customers.created
		FROM customers, json_each('[0,1,2,3]') n WHERE doc % {:every} = 0`,
	`UPDATE customers SET relationship = 'existing', has_deal = TRUE, total_amount = a.total, annual_amount = a.total,
			first_deal = a.first, last_deal = a.last
		FROM (SELECT customer, sum(amount) AS total, min(date) AS first, max(date) AS last FROM orders GROUP BY customer) a
		WHERE a.customer = customers.id`,
}

// giveOrders writes them as no import does, at once.
func (r *register) giveOrders() error {
	for _, statement := range ordersOf {
		_, err := r.app.NonconcurrentDB().NewQuery(statement).Bind(dbx.Params{"every": withOrders}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}

// readRows reads every customer and every order once: the least that looking at all of them can cost.
func (r *register) readRows() (time.Duration, error) {
	begin := cpuTime()
	for _, table := range []string{"customers", "orders"} {
		rows, err := r.app.DB().NewQuery("SELECT * FROM " + table).Rows()
		if err != nil {
			return 0, err
		}
		names, err := rows.Columns()
		if err != nil {
			return 0, err
		}
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				rows.Close()
				return 0, err
			}
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return 0, err
		}
	}
	return cpuTime() - begin, nil
}
