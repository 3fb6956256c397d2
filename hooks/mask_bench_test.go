package hooks_test

import (
	"fmt"
	"testing"

	"kehu/tests"
)

// BenchmarkListOfFifty reads the same page of 50 individuals, every contact field filled, as a role
// that reads them plain and as one that reads them masked. The masked list costs at most 20 % more:
// go test -run none -bench ListOfFifty -count 5 ./hooks
func BenchmarkListOfFifty(b *testing.B) {
	h := tests.Start(b)
	for i := range 50 {
		h.Create("data_admin", "customers", map[string]any{"kind": "individual", "name": fmt.Sprintf("王小明%c", '一'+rune(i)),
			"mobile": fmt.Sprintf("139 1234 %04d", 5000+i), "landline": fmt.Sprintf("021-6234%04d", 5000+i),
			"email": fmt.Sprintf("someone%d@example-firm.cn", i), "current_need": "年内采购两台光谱仪，需要安装调试和培训",
			"business_address": fmt.Sprintf("上海市浦东新区张江路%d号", i+1), "registered_address": fmt.Sprintf("浙江省杭州市西湖区文三路%d号", i+1)})
	}
	path := "/api/collections/customers/records?perPage=50&sort=-updated&skipTotal=1"
	for _, c := range []struct{ name, role string }{{"plain", "data_admin"}, {"masked", "executive"}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a := h.Do(c.role, "GET", path, nil); a.Status != 200 {
					b.Fatalf("%d %s", a.Status, a.Body)
				}
			}
		})
	}
}
