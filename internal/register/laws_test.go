package register

import (
	"maps"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kehu/internal/fields"
)

// samples are texts that the fields of customers and their belongings are given, right and wrong.
var samples = []string{"", " ", "上海澄岚仪器(集团)有限公司", "陈一诺先生", "张**", "个人", "企业", "机构",
	"意向", "洽谈", "其它", "高", "中", "120人", "100-499人", "1000人以上", "3千万", "-5", "0", "1", "7",
	"500万", "1,234.50", "0.005", "2016年3月18日", "20160318", "2016-02-30", "2030-01-01",
	"+86 139-1234-1234", "13912341234/021-62341234", "021-62341234 010-62345678", "(021)62341234转801",
	"138****8888", "Info@QQ.com; b@chenglan-inst.cn", "i***@qq.com", "91110000600037341l",
	"91340000148941384F", "110108000000016", idFemale, idMale, "E12345678", card,
	"6222 0210 0001 2345 673", "110105********002X", "身份证", "护照", "男", "女性", "未知",
	"制造业-专用设备制造", "C35", "卖艺", "上海市", "310115", "浦东新区张江路368号", "浙江省杭州市",
	"上海市浦东新区祖冲之路887弄", "某某路1号", "广东省东莞市南城街道1号", "周销售", "KH-202611001",
	"contract1", "采购、售后", "采购,租赁", "潜力客户", "是", "否", "一\r\n二 ", "ＡＢＣ　仪器", "\xff", "\x00"}

func drawTyped(t *rapid.T, collection string) map[string]any {
	typed := map[string]any{}
	for _, f := range fields.Of(collection) {
		if !rapid.Bool().Draw(t, "give "+f.Key) {
			continue
		}
		text := rapid.OneOf(rapid.SampledFrom(samples), rapid.String()).Draw(t, f.Key)
		switch rapid.IntRange(0, 9).Draw(t, "as") {
		case 0:
			typed[f.Key] = rapid.Float64().Draw(t, "number")
		case 1:
			typed[f.Key] = []any{text, rapid.SampledFrom(samples).Draw(t, "second")}
		case 2:
			typed[f.Key] = rapid.Bool().Draw(t, "bool")
		case 3:
			typed[f.Key] = nil
		default:
			typed[f.Key] = text
		}
	}
	return typed
}

// What was stored is taken as it stands when it is checked again: nothing is refused, nothing
// changes, nothing is sealed anew. Every way in may therefore send a whole record back.
func TestCheckingTwiceIsCheckingOnce(t *testing.T) {
	for _, collection := range []string{"customers", "contacts", "followups", "contracts", "orders",
		"tickets", "consents"} {
		t.Run(collection, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rules := testRules(func(r *Rules) {
					r.Sheet = rapid.Bool().Draw(t, "sheet")
					r.Confirm = map[string]string{"uscc": "已核对营业执照", "legacy_reg_no": "尚未换照"}
				})
				typed := drawTyped(t, collection)
				given := maps.Clone(typed)
				first := Check(collection, nil, typed, rules)
				if !reflect.DeepEqual(given, typed) && !hasNaN(given) {
					t.Fatalf("Check changed what it was given: %v", typed)
				}
				for key := range first.Errors { // a record with errors is not stored
					delete(first.Values, key)
				}
				checkAgain(t, collection, first.Values, rules)
			})
		})
	}
}

func hasNaN(values map[string]any) bool {
	for _, v := range values {
		if f, ok := v.(float64); ok && f != f {
			return true
		}
	}
	return false
}

// checkAgain gives the stored values once more, as a whole record of the admin UI does.
func checkAgain(t *rapid.T, collection string, stored Values, rules *Rules) {
	second := Check(collection, stored, stored, rules)
	for key, found := range second.Errors {
		if found.Code == "required" || found.Code == "date_order" || found.Code == "gender_conflict" ||
			found.Code == "only_individual" {
			continue // the first check said so too
		}
		t.Fatalf("%s: %q was stored and is refused: %v", key, stored[key], found)
	}
	for key, value := range second.Values {
		if old, ok := stored[key]; ok && !reflect.DeepEqual(old, value) {
			t.Fatalf("%s: %#v became %#v", key, old, value)
		}
	}
	for key, plain := range second.Sealed {
		if plain != "" {
			t.Fatalf("%s was sealed anew", key)
		}
	}
}

// A value that was refused is never among what is stored as typed, and what is secret is never
// in the open.
func FuzzCheck(f *testing.F) {
	for _, s := range samples {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, collection := range []string{"customers", "contacts", "orders"} {
			for _, field := range fields.Of(collection) {
				typed := map[string]any{"kind": "individual", "name": b, field.Key: a}
				got := Check(collection, nil, typed, testRules())
				if field.Class == fields.Sensitive && got.Sealed[field.Key] != "" &&
					(got.Values.Text(field.Key) == got.Sealed[field.Key] || got.Originals[field.Key] != "") {
					t.Errorf("%s: %q stands in the open", field.Key, a)
				}
			}
			GuessKind(map[string]any{"name": a, "uscc": b})
		}
	})
}
