package hooks_test

import (
	"fmt"
	"testing"
	"time"

	"kehu/tests"
)

// BenchmarkAuditCost measures what the log and the history add to a save over REST: two registers,
// one of which notes nothing, take turns. ratio is the one's median over the other's; at most 1.15 is
// asked for.
func BenchmarkAuditCost(b *testing.B) {
	noting, silent := tests.Start(b), tests.Start(b)
	silent.App.OnRecordUpdate().Unbind("kehuAudit")
	silent.App.OnRecordCreate().Unbind("kehuAudit")
	houses := []*tests.House{noting, silent}
	paths := make([]string, 2)
	for i, h := range houses {
		id := h.Create("data_admin", "customers", enterprise("上海澄岚仪器有限公司"))["id"].(string)
		paths[i] = "/api/collections/customers/records/" + id
	}
	b.Run("update", func(b *testing.B) {
		took := [2][]time.Duration{}
		for n := range b.N {
			for turn := range 2 {
				i := (n + turn) % 2
				begin := time.Now()
				a := houses[i].Do("data_admin", "PATCH", paths[i], map[string]any{"paper_ref": fmt.Sprint("A-", n)})
				took[i] = append(took[i], time.Since(begin))
				if a.Status != 200 {
					b.Fatalf("%d %s", a.Status, a.Body)
				}
			}
		}
		b.ReportMetric(middle(took[0])/middle(took[1]), "ratio")
	})
	b.Run("create", func(b *testing.B) {
		took := [2][]time.Duration{}
		for n := range b.N {
			for turn := range 2 {
				i := (n + turn) % 2
				begin := time.Now()
				houses[i].Create("data_admin", "customers", enterprise2(fmt.Sprintf("澄岚%d-%d有限公司", b.N, n),
					fmt.Sprintf("139%08d", 10000000+b.N*1000+n)))
				took[i] = append(took[i], time.Since(begin))
			}
		}
		b.ReportMetric(middle(took[0])/middle(took[1]), "ratio")
	})
}
