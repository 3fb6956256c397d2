package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"

	"kehu/hooks"
)

// The limits of carrying out the decision about an import's rows.
const (
	batchRatio   = 2.5 // × the CPU of the bare statements that change the rows and note their history
	batchMemory  = 256 // MiB above what was used before
	batchLatency = 250 // ms, p99 of others meanwhile
	batchLook    = 20 * time.Millisecond
	batchMost    = 2 * time.Hour
)

// measureBatch approves the import's rows twice: alone, for CPU and memory, and beside others.
func measureBatch(ctx context.Context, report *Report, r *register, _ string, _ Options) error {
	request := ""
	err := r.app.DB().NewQuery("SELECT id FROM approvals WHERE kind = 'batch' AND state = 'open' LIMIT 1").Row(&request)
	if err != nil {
		return fmt.Errorf("no import waits for a decision: %w", err)
	}
	id, err := r.ownCustomer("审批时修改的客户")
	if err != nil {
		return err
	}
	runtime.GC()
	debug.FreeOSMemory()
	memory, base, before := watchMemory(os.Getpid()), residentMiB(os.Getpid()), cpuTime()
	begin := time.Now()
	n, err := r.approveBatch(ctx, request)
	most, spent := memory.end(), cpuTime()-before
	if err != nil {
		return err
	}
	report.note("approving an import: %.0f customers/s of %d", float64(n)/time.Since(begin).Seconds(), n)
	report.under("approving an import: memory above the rest", most-base, batchMemory, "MiB")
	if err := r.undecide(request); err != nil {
		return err
	}
	floor, err := r.bareApproval()
	if err != nil {
		return err
	}
	report.ratio("approving an import: CPU against bare UPDATEs and INSERTs", spent, floor, batchRatio)
	if err := r.undecide(request); err != nil {
		return err
	}
	others := r.besideClasses(ctx, id)
	_, err = r.approveBatch(ctx, request)
	report.meanwhile("approving an import", others.end(), batchLatency)
	return err
}

// bareApproval makes customers under review active and writes a line of history for each, in chunks of
// bare prepared statements with the cache that the decision has. Only the writing is counted.
func (r *register) bareApproval() (total time.Duration, err error) {
	for _, work := range []struct{ read, write string }{
		{"SELECT {:at}, id FROM customers WHERE status = 'pending' ORDER BY doc",
			"UPDATE customers SET status = 'active', updated = ? WHERE id = ?"},
		{"SELECT 'f' || lower(hex(randomblob(7))), customer, collection, record, field, class, old, new, `by`, by_name, " +
			"reason, at, via, created, updated FROM changes WHERE via = 'approval' ORDER BY rowid",
			"INSERT INTO changes (id, customer, collection, record, field, class, old, new, `by`, by_name, " +
				"reason, at, via, created, updated) VALUES (?" + strings.Repeat(", ?", 14) + ")"},
	} {
		rows, err := r.app.DB().NewQuery(work.read).Bind(dbx.Params{"at": time.Now().UTC().Format(types.DefaultDateLayout)}).Rows()
		if err != nil {
			return 0, err
		}
		names, err := rows.Columns()
		if err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		spent, err := drain(rows.Rows, len(names), r.app, hooks.BulkCache, work.write)
		if err = errors.Join(err, rows.Close()); err != nil {
			return 0, err
		}
		total += spent
	}
	return total, nil
}

// approveBatch decides, waits until the decision is carried out, and answers for how many customers.
func (r *register) approveBatch(ctx context.Context, request string) (n int, err error) {
	_, err = r.call("data_admin", "POST", "/api/kehu/approvals/"+request+"/approve", map[string]any{"note": "核对无误"}, nil)
	for begin, left := time.Now(), 1; err == nil && left > 0; {
		if time.Since(begin) > batchMost {
			return 0, errors.New("the decision is not carried out")
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(batchLook):
		}
		err = r.app.DB().NewQuery("SELECT count(*) FROM kehu_batches").Row(&left)
	}
	if err != nil {
		return 0, err
	}
	return n, r.app.DB().NewQuery("SELECT count(*) FROM customers WHERE status = 'active'").Row(&n)
}

// undecide puts the import back under review, as no person can.
func (r *register) undecide(request string) error {
	for _, statement := range []string{
		"UPDATE customers SET status = 'pending' WHERE status = 'active'",
		"UPDATE approvals SET state = 'open', decided_by = '', decided_by_name = '', decided = '' WHERE id = {:id}",
	} {
		if _, err := r.app.NonconcurrentDB().NewQuery(statement).Bind(dbx.Params{"id": request}).Execute(); err != nil {
			return err
		}
	}
	return nil
}
