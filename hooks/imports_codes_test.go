package hooks_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/match"
	"kehu/tests"
)

// Two valid credit codes that differ are two legal persons: an import that updates customers by their
// names does not write one into the other, in a trial run neither; with a reason it makes another.
func TestAnImportNeverJoinsTwoCodes(t *testing.T) {
	h := tests.Start(t)
	one, two, three := creditCode(1), creditCode(2), creditCode(3)
	id := idOf(h.Create("data_admin", "customers", firm("上海澄岚仪器有限公司", map[string]any{"uscc": one})))
	book := tests.Workbook([]any{"客户名称", "客户类型", "统一社会信用代码"},
		[]any{"上海澄岚仪器有限公司", "企业", two}, []any{"宁波海潮机械有限公司", "企业", two},
		[]any{"宁波海潮机械有限公司", "企业", three}, []any{"宁波海潮机械有限公司", "企业", two})
	for _, dry := range []bool{true, false} {
		show := h.Import("data_admin", "a.xlsx", book,
			map[string]any{"options": map[string]any{"dry_run": dry, "on_duplicate": "update"}})
		if value[string](h, "SELECT uscc FROM customers WHERE id = '"+id+"'") != one {
			t.Fatalf("a trial run (%v): the code of the customer was written over", dry)
		}
		counts := tests.Counts(show)
		if counts["created"]+counts["incomplete"] != 1 || counts["duplicate"] != 3 {
			t.Errorf("a trial run (%v): %v", dry, counts)
		}
		if codes := rowCodes(h, show["id"].(string)); !strings.Contains(codes[2], "duplicate_name_other_code") ||
			!strings.Contains(codes[4], "duplicate_name_other_code") {
			t.Errorf("a trial run (%v): %v", dry, codes)
		}
	}
	show := h.Import("data_admin", "b.xlsx", tests.Workbook([]any{"客户名称", "客户类型", "统一社会信用代码"},
		[]any{"上海澄岚仪器有限公司", "企业", three}), map[string]any{"options": map[string]any{"on_duplicate": "update",
		"confirm_duplicate": "确是两家公司"}})
	if c := tests.Counts(show); c["created"]+c["incomplete"] != 1 {
		t.Errorf("with a reason: %v", c)
	}
	if reasons := value[string](h, "SELECT reasons FROM duplicate_pairs WHERE confirmed_reason = '确是两家公司'"); !strings.Contains(reasons, "uscc_differs") {
		t.Errorf("the pair's reasons: %s", reasons)
	}
}

// Whatever two records agree in, with valid codes that differ they are never one and the same by
// themselves: people decide.
func TestTwoCodesAreNeverExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"上海澄岚仪器有限公司", "澄岚仪器", "启航科技（深圳）有限公司"})
		record := func(n int) match.Record {
			return match.Record{Kind: "enterprise", Name: name.Draw(t, "name"), USCC: creditCode(n),
				RegNo: rapid.SampledFrom([]string{"", "310115000000001"}).Draw(t, "number"), Mobiles: []string{"13912845078"},
				Addresses: []string{"上海市浦东新区张江路368号"}, Legal: "林知远", Accounts: [][]byte{[]byte("同一个账号")}}
		}
		a, b := record(1), record(rapid.IntRange(2, 500).Draw(t, "code"))
		if !match.TwoCodes(a.USCC, b.USCC) {
			t.Fatalf("%s %s are no two valid codes", a.USCC, b.USCC)
		}
		v := match.NewCensus().Model(1).Compare(match.Read(a, false), match.Read(b, true), func(match.Key) int { return 1 },
			match.DefaultLimits)
		if v.Level == match.Exact {
			t.Fatalf("%s and %s are said to be one: %v", a.Name, b.Name, v.Reasons)
		}
	})
}
