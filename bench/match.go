package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"kehu/internal/match"
	"kehu/internal/sheet"
)

// The limits that duplicates are held to.
const (
	similarLatency = 60   // ms, p99 of one check over HTTP
	similarRecall  = 97   // % of the labelled pairs that a check tells of
	similarWrong   = 3    // % of what a check tells that is not so
	labelledFirms  = 1200 // same pairs among the register
	labelledOthers = 1300 // pairs that are alike and not the same
)

// similarity is what the labelled set needs to be asked: its first records, stored.
type similarity struct {
	pairs   []labelled
	numbers []string
}

// measureSimilar stores the labelled set beside the register, and asks.
func measureSimilar(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	set := &similarity{}
	for i, words := range []vocabulary{trainWords, holdOutWords} {
		m := &maker{Rand: rand.New(rand.NewPCG(uint64(i), 2026)), v: words, phone: 1_000_000 * (i + 1)}
		set.pairs = append(set.pairs, m.positives(labelledFirms/2)...)
		set.pairs = append(set.pairs, m.negatives(labelledOthers/2)...)
	}
	if err := set.store(ctx, r, o); err != nil {
		return err
	}
	if _, err := r.settle(ctx, nil); err != nil {
		return err
	}
	runtime.GC()
	debug.FreeOSMemory()
	return set.ask(report, r)
}

// store imports the first records of the pairs.
func (s *similarity) store(ctx context.Context, r *register, o Options) error {
	path := filepath.Join(o.Dir, "labelled.xlsx")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	table := sheet.Table{Name: "客户"}
	for _, h := range []string{"客户名称", "客户类型", "手机", "座机", "邮箱", "经营地址", "法定代表人", "纸质档案编号"} {
		table.Columns = append(table.Columns, sheet.Column{Header: h})
	}
	out, err := sheet.NewXLSX(f, nil, table)
	if err != nil {
		return err
	}
	for i, p := range s.pairs {
		if err := out.Row([]string{p.a.Name, kindNames[p.a.Kind], first(p.a.Mobiles), first(p.a.Landlines),
			first(p.a.Emails), first(p.a.Addresses), p.a.Legal, fmt.Sprintf("L%05d", i)}); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if _, err := r.importBook(ctx, path, map[string]any{"confirm_duplicate": "标注数据"}); err != nil {
		return err
	}
	s.numbers = make([]string, len(s.pairs))
	rows, err := r.app.DB().NewQuery("SELECT paper_ref, number FROM customers WHERE paper_ref LIKE 'L%'").Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ref, number string
		var i int
		if err := rows.Scan(&ref, &number); err != nil {
			return err
		}
		if n, _ := fmt.Sscanf(ref, "L%d", &i); n == 1 && i < len(s.numbers) {
			s.numbers[i] = number
		}
	}
	return rows.Err()
}

var kindNames = map[string]string{"enterprise": "企业", "institution": "机构", "individual": "个人"}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// ask checks every second record against the whole register and looks for its first.
func (s *similarity) ask(report *Report, r *register) error {
	var all []time.Duration
	told, wrong, same, asked := 0, 0, 0, 0
	for i, p := range s.pairs {
		if s.numbers[i] == "" { // its name was taken by another pair's
			continue
		}
		begin := time.Now()
		level, err := s.levelOf(r, p.b, s.numbers[i])
		if err != nil {
			return err
		}
		if asked++; asked > 20 {
			all = append(all, time.Since(begin))
		}
		found := level == string(match.Suspected) || level == string(match.Exact)
		switch {
		case p.same:
			if same++; found {
				told++
			}
		case found:
			wrong++
		}
	}
	report.under(fmt.Sprintf("check of one record, %d asked: p99", len(all)), percentile(all, 0.99),
		similarLatency, "ms")
	report.note("check of one record: p50 %.1f ms", percentile(all, 0.5))
	report.over("labelled pairs told of, in the same checks", 100*float64(told)/float64(same), similarRecall, "%")
	report.under("labelled pairs told of that are not the same", 100*float64(wrong)/float64(max(told+wrong, 1)),
		similarWrong, "%")
	return nil
}

func (s *similarity) levelOf(r *register, b match.Record, number string) (string, error) {
	customer := map[string]any{"kind": b.Kind, "name": b.Name, "mobile": first(b.Mobiles),
		"landline": first(b.Landlines), "email": first(b.Emails), "business_address": first(b.Addresses),
		"legal_representative": b.Legal}
	var answer struct {
		Duplicates []struct{ Level, Number string }
	}
	if _, err := r.call("", "POST", "/api/kehu/check", map[string]any{"customer": customer}, &answer); err != nil {
		return "", err
	}
	for _, d := range answer.Duplicates {
		if d.Number == number {
			return d.Level, nil
		}
	}
	return "", nil
}
