package hooks_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kehu/tests"
)

// middle is the median of what some acts took.
func middle(took []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(took))
	return float64(sorted[len(sorted)/2])
}

// BenchmarkListOfFifty reads the same page of 50 individuals, every contact field filled, as a role
// that reads them plain and as one that reads them masked, in turns, so that a busy machine slows both
// down alike. ratio is the median of the one over the other; at most 1.2 is asked for:
// go test -run none -bench ListOfFifty -benchtime 300x ./hooks
func BenchmarkListOfFifty(b *testing.B) {
	h := tests.Start(b)
	for i := range 50 {
		h.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": fmt.Sprintf("王小明%c", '一'+rune(i)),
			"mobile": fmt.Sprintf("139 1234 %04d", 5000+i), "landline": fmt.Sprintf("021-6234%04d", 5000+i),
			"email": fmt.Sprintf("someone%d@example-firm.cn", i), "current_need": "年内采购两台光谱仪，需要安装调试和培训",
			"business_address": fmt.Sprintf("上海市浦东新区张江路%d号", i+1), "registered_address": fmt.Sprintf("浙江省杭州市西湖区文三路%d号", i+1)})
	}
	path := "/api/collections/customers/records?perPage=50&sort=-updated&skipTotal=1"
	roles := []string{"data_admin", "executive"} // plain, masked
	took := [2][]time.Duration{}
	for n := 0; b.Loop(); n++ {
		for turn := range 2 {
			i := (n + turn) % 2
			begin := time.Now()
			a := h.Do(roles[i], "GET", path, nil)
			took[i] = append(took[i], time.Since(begin))
			if a.Status != 200 {
				b.Fatalf("%d %s", a.Status, a.Body)
			}
		}
	}
	b.ReportMetric(middle(took[0])/1e6, "ms-plain")
	b.ReportMetric(middle(took[1])/1e6, "ms-masked")
	b.ReportMetric(middle(took[1])/middle(took[0]), "ratio")
}

// BenchmarkReveal shows a certificate number, in turns with a view of the same customer and with the
// smallest transaction there is, one commit. limit is what a reveal took over twice the view
// and one commit; at most 1 is asked for. The owner asks, whom no pace holds:
// go test -run none -bench Reveal -benchtime 300x ./hooks
func BenchmarkReveal(b *testing.B) {
	h := tests.Start(b)
	h.Create("data_admin", "policies", map[string]any{"key": "reveal", "value": map[string]any{"per_day": 10_000}})
	id := h.Create("sales", "customers", person("陈一诺", "13712341231", revealed))["id"].(string)
	tag := h.Create("data_admin", "tags", map[string]any{"name": "一次提交"})["id"].(string)
	acts := []func(n int) tests.Answer{
		func(int) tests.Answer { return reveal(h, "superuser", "customers", id, "cert_no") },
		func(int) tests.Answer { return h.Do("superuser", "GET", "/api/collections/customers/records/"+id, nil) },
		func(n int) tests.Answer {
			execute(b, h, fmt.Sprintf("UPDATE tags SET colour = '#%06x' WHERE id = '%s'", n, tag))
			return tests.Answer{Status: 200}
		},
	}
	took := [3][]time.Duration{}
	for n := 0; b.Loop(); n++ {
		for turn := range acts {
			i := (n + turn) % len(acts)
			begin := time.Now()
			a := acts[i](n)
			took[i] = append(took[i], time.Since(begin))
			if a.Status != 200 {
				b.Fatalf("act %d: %d %s", i, a.Status, a.Body)
			}
		}
	}
	for i, name := range []string{"ms-reveal", "ms-view", "ms-commit"} {
		b.ReportMetric(middle(took[i])/1e6, name)
	}
	b.ReportMetric(middle(took[0])/(2*middle(took[1])+middle(took[2])), "limit")
}
