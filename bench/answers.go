package bench

import (
	"context"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// The limits of single answers.
const (
	exactLatency = 20  // ms, p99 of a check that has nothing but exact keys
	maskedRatio  = 1.2 // × the same list, read plain
	revealRatio  = 1.0 // × two views and one commit
	binarySize   = 60  // MiB, without what only a debugger reads
	maskedPage   = 50  // customers of a list
	turns        = 200 // rounds in which acts that are compared take turns
)

// Whom no pace holds: the command line, and an owner at the admin page.
const (
	owner     = ""
	superuser = "superuser"
)

// measureExact checks credit codes and phones that are stored: keys that are looked up, nothing that is
// compared.
func measureExact(report *Report, r *register, o Options) error {
	for _, key := range []struct {
		name, field string
		value       func(i int) string
	}{{"credit code", "uscc", creditCode}, {"mobile", "mobile", mobileOf}} {
		found := 0
		var all []time.Duration
		for n := range turns + turns/10 {
			at := n * 331 % o.Rows
			var answer struct{ Duplicates []struct{ Level string } }
			begin := time.Now()
			if _, err := r.call(owner, "POST", "/api/kehu/check", map[string]any{"customer": map[string]any{
				"kind": "enterprise", key.field: key.value(at)}}, &answer); err != nil {
				return err
			}
			if n >= turns/10 {
				all = append(all, time.Since(begin))
			}
			if len(answer.Duplicates) > 0 {
				found++
			}
		}
		if found < turns {
			return fmt.Errorf("of %d checks by %s that is stored, %d told of it", turns, key.name, found)
		}
		report.under(fmt.Sprintf("check by %s alone: p99", key.name), percentile(all, 0.99), exactLatency, "ms")
	}
	return nil
}

// measureMasks compares a page that is read masked with the same read plain, and what one value costs that
// is shown with views of its customer and the smallest transaction there is.
func measureMasks(_ context.Context, report *Report, r *register, _ string, _ Options) error {
	const records = "/api/collections/customers/records"
	for i := range maskedPage {
		if _, err := r.call(owner, "POST", records, map[string]any{"kind": "individual",
			"name": fmt.Sprintf("王小明%c", '一'+rune(i)), "mobile": fmt.Sprintf("139 1234 %04d", 5000+i),
			"landline": fmt.Sprintf("021-6234%04d", 5000+i), "email": fmt.Sprintf("someone%d@example-firm.cn", i),
			"current_need":       "年内采购两台光谱仪，需要安装调试和培训",
			"business_address":   fmt.Sprintf("上海市浦东新区张江路%d号", i+1),
			"registered_address": fmt.Sprintf("浙江省杭州市西湖区文三路%d号", i+1)}, nil); err != nil {
			return err
		}
	}
	list := func(role string) func(int) error {
		return func(int) error {
			return r.patient(role, "GET", fmt.Sprintf("%s?perPage=%d&sort=-created&skipTotal=1", records, maskedPage), nil)
		}
	}
	took, err := inTurns(list("executive"), list("data_admin"))
	if err != nil {
		return err
	}
	report.ratioOf("list of 50, masked against plain", took[0], took[1], maskedRatio)
	return r.measureReveal(report)
}

func (r *register) measureReveal(report *Report) error {
	const records = "/api/collections/customers/records"
	_, err := r.save("policies", map[string]any{"key": "reveal", "value": map[string]any{"per_day": 10 * turns}})
	if err != nil {
		return err
	}
	if err := r.superuser(); err != nil {
		return err
	}
	var made struct{ ID string }
	if _, err := r.call(owner, "POST", records, map[string]any{"kind": "individual", "name": "陈一诺",
		"mobile": "13712341231", "cert_type": "resident_id", "cert_no": "11010519491231002X",
		"consent": map[string]any{"purposes": []string{"sensitive_id"}, "method": "paper", "statement_version": "1"},
	}, &made); err != nil {
		return err
	}
	tag, err := r.save("tags", map[string]any{"name": "一次提交"})
	if err != nil {
		return err
	}
	took, err := inTurns(func(int) error {
		return r.patient(superuser, "POST", "/api/kehu/customers/"+made.ID+"/reveal",
			map[string]any{"field": "cert_no", "reason": "核对身份资料"})
	}, func(int) error {
		return r.patient(superuser, "GET", records+"/"+made.ID, nil)
	}, func(n int) error {
		_, err := r.app.NonconcurrentDB().NewQuery("UPDATE tags SET colour = {:c} WHERE id = {:id}").
			Bind(map[string]any{"c": fmt.Sprintf("#%06x", n), "id": tag}).Execute()
		return err
	})
	if err != nil {
		return err
	}
	report.ratioOf("a value shown, against two views and a commit", took[0], 2*took[1]+took[2], revealRatio)
	return nil
}

// superuser makes an account of the admin page that is linked to nobody.
func (r *register) superuser() error {
	id, err := r.save(core.CollectionNameSuperusers,
		map[string]any{"email": "owner@example.com", "password": "bench-1234567890-bench"})
	if err != nil {
		return err
	}
	record, err := r.app.FindRecordById(core.CollectionNameSuperusers, id)
	if err != nil {
		return err
	}
	r.tokens[superuser], err = record.NewAuthToken()
	return err
}

// patient asks, and tells an account that asked too fast from other refusals.
func (r *register) patient(role, method, path string, body any) error {
	status, err := r.call(role, method, path, body, nil)
	if status == http.StatusTooManyRequests {
		return errTooFast
	}
	return err
}

var errTooFast = errors.New("asked too fast")

// inTurns lets acts take turns, so that a busy machine slows all of them down alike, and answers the median
// of each.
func inTurns(acts ...func(n int) error) ([]time.Duration, error) {
	took := make([][]time.Duration, len(acts))
	for n := range turns {
		for turn := range acts {
			i := (n + turn) % len(acts)
			begin := time.Now()
			err := acts[i](n)
			if errors.Is(err, errTooFast) {
				time.Sleep(paceWindow)
				begin = time.Now()
				err = acts[i](n)
			}
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], time.Since(begin))
		}
	}
	var middle []time.Duration
	for _, all := range took {
		slices.Sort(all)
		middle = append(middle, all[len(all)/2])
	}
	return middle, nil
}

// ratioOf prints a time as a multiple of another one of the same run.
func (r *Report) ratioOf(name string, figure, floor time.Duration, limit float64) {
	ratio := float64(figure) / float64(floor)
	r.line(name, fmt.Sprintf("%.2f ms, floor %.2f ms, ratio %.2f", figure.Seconds()*1000, floor.Seconds()*1000, ratio),
		fmt.Sprintf("≤ %.2f", limit), ratio <= limit)
}

// measureBinary holds this program to the size that it is released with: what a linker leaves out that
// strips is not counted.
func measureBinary(report *Report, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	size, debug := info.Size(), debugBytes(path)
	report.under("binary, stripped", mib(size-debug), binarySize, "MiB")
	if debug > 0 {
		report.note("binary: %.1f MiB as it is, %.1f of them for debuggers", mib(size), mib(debug))
	}
	return nil
}

// debugBytes is how much of a program are its symbols and its notes for debuggers.
func debugBytes(path string) (n int64) {
	symbols := func(name string) bool {
		name = strings.TrimLeft(name, "._")
		return strings.HasPrefix(name, "debug") || strings.HasPrefix(name, "zdebug") || name == "symtab" || name == "strtab"
	}
	if f, err := elf.Open(path); err == nil {
		defer f.Close()
		for _, s := range f.Sections {
			if symbols(s.Name) {
				n += int64(s.FileSize)
			}
		}
	} else if f, err := macho.Open(path); err == nil {
		defer f.Close()
		for _, s := range f.Sections {
			if symbols(s.Name) {
				n += int64(s.Size)
			}
		}
	} else if f, err := pe.Open(path); err == nil {
		defer f.Close()
		for _, s := range f.Sections {
			if symbols(s.Name) {
				n += int64(s.Size)
			}
		}
	}
	return n
}
