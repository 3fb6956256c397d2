package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The limits of the scan of a whole register.
const (
	scanMinutes = 30   // CPU minutes for a million customers
	scanMemory  = 2048 // MiB, the most that the server holds
	scanLatency = 250  // ms, p99 of others meanwhile
	scanCut     = 0.5  // of the scan, where the server is killed
	scanLook    = 200 * time.Millisecond
	scanPace    = 250 * time.Millisecond // between the requests of others
	settleMost  = 3 * time.Hour
)

// scanned is how the upkeep of duplicates stands.
type scanned struct {
	State, Started string
	Progress       float64
	Pairs          int
	Pending, Todo  int
}

func (s scanned) busy() bool { return s.Pending > 0 || s.Todo > 0 || s.State == "running" }

func (r *register) scanned() (scanned, error) {
	var answer struct{ Scan scanned }
	_, err := r.call("", "GET", "/api/kehu/duplicates?limit=1", nil, &answer)
	return answer.Scan, err
}

// settle waits until the upkeep of duplicates has nothing to do, or until enough.
func (r *register) settle(ctx context.Context, enough func(scanned) bool) (scanned, error) {
	begin := time.Now()
	for quiet := 0; ; {
		s, err := r.scanned()
		if err != nil {
			return s, err
		}
		if quiet++; s.busy() {
			quiet = 0
		}
		if quiet == 5 || enough != nil && enough(s) {
			return s, nil
		}
		if time.Since(begin) > settleMost {
			return s, fmt.Errorf("duplicates do not come to rest: %+v", s)
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(scanLook):
		}
	}
}

// measureScan has the program make the keys of all that was imported and scan the whole register.
// Half way it is killed: the scan goes on where it was. Others are served meanwhile.
func measureScan(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	id, err := r.ownCustomer("查重时修改的客户")
	if err != nil {
		return err
	}
	if err := r.close(); err != nil {
		return err
	}
	begin := time.Now()
	first, err := r.apart(ctx)
	if err != nil {
		return err
	}
	latencies, cut, err := r.scanBeside(ctx, id, func(s scanned) bool {
		return s.Pending == 0 && s.State == "running" && s.Progress >= scanCut
	})
	first.kill()
	if err != nil {
		return err
	}
	second, err := r.apart(ctx)
	if err != nil {
		return err
	}
	after, err := r.scanned()
	if err == nil {
		var more served
		more, _, err = r.scanBeside(ctx, id, nil)
		latencies = served{slices.Concat(latencies.reads, more.reads), slices.Concat(latencies.saves, more.saves)}
	}
	if err := errors.Join(err, second.stop()); err != nil {
		return err
	}
	limit := scanMinutes * 60 * float64(o.Rows) / 1_000_000
	report.under("duplicates: keys and whole scan, CPU", (first.cpu + second.cpu).Seconds(), max(limit, 60), "s")
	report.under("duplicates: the server's peak memory", max(first.peak, second.peak), scanMemory, "MiB")
	report.meanwhile("duplicates", latencies, scanLatency)
	if cut.State == "running" { // a few customers are compared one by one
		report.line("duplicates: the scan, killed with its server",
			fmt.Sprintf("at %.0f %%, went on at %.0f %%", 100*cut.Progress, 100*after.Progress), "no step back",
			after.Started == cut.Started && after.Progress >= cut.Progress)
	}
	report.note("duplicates: %.0f s wall, both starts and the requests of others included",
		time.Since(begin).Seconds())
	return r.reopen()
}

// makeKeys has the program make the keys of all that was imported, so that their making is no part of what
// is measured afterwards.
func (r *register) makeKeys(ctx context.Context) error {
	if err := r.close(); err != nil {
		return err
	}
	s, err := r.apart(ctx)
	if err != nil {
		return err
	}
	_, err = r.settle(ctx, nil)
	if err := errors.Join(err, s.stop()); err != nil {
		return err
	}
	return r.reopen()
}

// ownCustomer is a customer of the sales. Its name is another one each time: a register that was kept is
// measured again.
func (r *register) ownCustomer(purpose string) (string, error) {
	var made struct{ ID string }
	_, err := r.call("sales", "POST", "/api/collections/customers/records",
		map[string]any{"kind": "enterprise", "name": fmt.Sprintf("%s%d有限公司", purpose, time.Now().Unix())}, &made)
	return made.ID, err
}

// scanBeside waits for the scan while others list, search and save.
func (r *register) scanBeside(ctx context.Context, id string, enough func(scanned) bool) (
	served, scanned, error) {
	const records = "/api/collections/customers/records"
	others := startRequests(ctx, r, scanPace, func(i int) (string, string, string, any) {
		switch i % 4 {
		case 0:
			return "executive", "GET", records + "?sort=-updated&skipTotal=1", nil
		case 1:
			return "manager", "GET", "/api/kehu/search?q=" + brand(i), nil
		case 2:
			return "manager", "GET", records + "?sort=-created", nil
		}
		return "sales", "PATCH", records + "/" + id, map[string]any{"current_need": fmt.Sprintf("第%d次沟通", i)}
	})
	s, err := r.settle(ctx, enough)
	return others.end(), s, err
}
