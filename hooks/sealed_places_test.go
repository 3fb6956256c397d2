package hooks_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kehu/collections"
	"kehu/tests"
)

// sealedElsewhere are the columns of bytes that need no row in SealedPlaces, and why.
var sealedElsewhere = map[string]string{
	"kehu_sealed.sealed":          "by the customer's own key, sealed anew by ResealCustomers",
	"kehu_sealed.blind":           "a blind index, made anew by ResealCustomers",
	"kehu_subject_keys.wrapped":   "wrapped anew by ResealCustomers",
	"kehu_approval_sealed.before": "a blind index, which follows kehu_sealed (requestsFollow)",
	"kehu_keysets.wrapped":        "the keysets themselves, wrapped by the root key",
	"kehu_canaries.value":         "told of one key, and gone with it",
	"kehu_erasures.hash":          "a signature by the root key",
}

// wrappers call vault.Keysets.Seal with a context that their own callers give: those are looked at
// instead.
var wrappers = []string{"sealText", "sealPacked", "ResealPlaces", "reseal", "canary", "Canaries"}

// sealingCalls finds the contexts that the keysets seal in: the second argument of Seal with four
// arguments, of sealText and of sealPacked.
func sealingCalls(t *testing.T) map[string]string {
	t.Helper()
	contexts := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.Contains(path, "internal/vault") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 4 {
					return true
				}
				name := ""
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
					if x, ok := f.X.(*ast.Ident); ok && (x.Name == "subject" || x.Name == "collections") {
						return true // by the customer's own key
					}
				case *ast.Ident:
					name = f.Name
				}
				if name != "Seal" && name != "sealText" && name != "sealPacked" {
					return true
				}
				where := fmt.Sprint(files.Position(call.Pos()))
				if text, ok := call.Args[1].(*ast.BasicLit); ok {
					context, _ := strconv.Unquote(text.Value)
					contexts[context] = where
				} else if !slices.Contains(wrappers, function.Name.Name) {
					t.Errorf("%s seals in a context that this test cannot read", where)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

// Whatever the keysets seal is sealed anew by a rotation, or it is lost with the old keys.
func TestEverySealedValueHasItsPlace(t *testing.T) {
	h := tests.Start(t)
	known := map[string]bool{}
	columns := map[string]bool{}
	for _, p := range collections.SealedPlaces {
		context := p.Context
		if context == "" {
			context = p.Table
		}
		known[context], columns[p.Table+"."+p.Column] = true, true
	}
	calls := sealingCalls(t)
	if len(calls) < 4 {
		t.Fatalf("only %v seal: the test looks at the wrong source", calls)
	}
	for context, where := range calls {
		if !known[context] {
			t.Errorf("%s seals as %q, which has no row in SealedPlaces", where, context)
		}
	}
	var blobs []string
	if err := h.App.DB().NewQuery(`SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'kehu_search%' AND upper(c.type) = 'BLOB' ORDER BY 1`).Column(&blobs); err != nil {
		t.Fatal(err)
	}
	for _, column := range blobs {
		if !columns[column] && sealedElsewhere[column] == "" {
			t.Errorf("%s holds bytes: give it a row in SealedPlaces, or say here why it needs none", column)
		}
	}
	for _, p := range collections.SealedPlaces {
		if value[int](h, "SELECT count(*) FROM pragma_table_info('"+p.Table+"') WHERE name = '"+p.Column+"'") != 1 {
			t.Errorf("there is no column %s.%s", p.Table, p.Column)
		}
	}
}

// rotate changes the keys to the end.
func rotate(t *testing.T, h *tests.House) {
	t.Helper()
	if err := h.House.BeginRotation("test"); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = h.House.RotateStep(); err != nil {
			t.Fatal(err)
		}
	}
	if problem := value[string](h, "SELECT problem FROM kehu_rotation"); problem != "" {
		t.Fatal(problem)
	}
}

// What waits sealed in a request, and the secret of a second factor, outlive a rotation: the request
// is decided, and is stale only when the number that it replaces has changed.
func TestARotationKeepsRequestsAndSecondFactors(t *testing.T) {
	h := tests.Start(t)
	secret, _ := enrol(t, h, "sales", tests.Password("sales"))
	consent := map[string]any{"purposes": []string{"bank"}, "method": "paper", "granted": "2026-11-01"}
	const before, after, other = "6222021001116245702", "6222020200112233008", "6222021001116245710"
	requests := map[string]string{}
	ids := map[string]string{}
	for name, number := range map[string]string{"甲木有限公司": "021-62341234", "乙水有限公司": "020-83341234"} {
		id := active(h, name, map[string]any{"landline": number})
		consent["customer"] = id
		h.Create("sales", "consents", consent)
		if a := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+id, map[string]any{"bank_account": before,
			"confirm_duplicate": "同一账号"}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a := change(h, "sales", id, map[string]any{"changes": map[string]any{"bank_account": after}, "confirm_duplicate": "同一账号"})
		if a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		requests[name], ids[name] = requestsOf(a)["data_admin"], id
	}
	rotate(t, h)
	if a := h.Do("data_admin", "PATCH", "/api/collections/customers/records/"+ids["乙水有限公司"], map[string]any{"bank_account": other,
		"confirm_duplicate": "同一账号"}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := decide(h, "data_admin", requests["甲木有限公司"], "approve"); a.Status != 200 {
		t.Errorf("a request from before the rotation: %d %s", a.Status, a.Body)
	}
	if a := reveal(h, "manager", "customers", ids["甲木有限公司"], "bank_account"); a.Text("value") != after {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := decide(h, "data_admin", requests["乙水有限公司"], "approve"); a.Code("") != "approval_stale" {
		t.Errorf("the account has changed since: %d %s", a.Status, a.Body)
	}
	h.SetNow(tests.Now.Add(time.Hour))
	ticket := try(h, "sales@example.com", tests.Password("sales")).Text("mfaId")
	if a := give(h, ticket, codeAt(t, h, secret)); a.Status != 200 || a.Text("token") == "" {
		t.Errorf("the second factor after a rotation: %d %s", a.Status, a.Body)
	}
}

// Nothing of an erased person is left in requests: neither what was asked for nor its evidence.
func TestARequestOfAnErasedPersonIsBlank(t *testing.T) {
	h := tests.Start(t)
	values := person("陈一诺", "13712341231", revealed)
	values["business_address"], values["tags"] = "上海市浦东新区祖冲之路887弄", []string{"潜力客户"}
	values["current_need"] = "两台"
	values["consent"].(map[string]any)["purposes"] = []string{"service", "sensitive_id", "bank"}
	values["email"] = "canary@example-firm.cn"
	id := h.Create("sales", "customers", values)["id"].(string)
	h.Create("sales", "contacts", map[string]any{"customer": id, "name": "孙联系", "mobile": "13612341232"})
	if a := decide(h, "manager", submit(h, "sales", id), "approve"); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	a := change(h, "sales", id, map[string]any{"changes": map[string]any{"bank_account": "6222020200112233008", "mobile": "13712349999"},
		"confirmed_with": "金丝雀本人", "reason": "金丝雀来电"})
	if a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if n := value[int](h, "SELECT count(*) FROM kehu_approval_sealed"); n != 1 {
		t.Fatalf("%d sealed values wait", n)
	}
	erase(t, h, id)
	if n := value[int](h, "SELECT count(*) FROM kehu_approval_sealed"); n != 0 {
		t.Error("the number that was asked for is still there")
	}
	after := everything(t, h)
	for _, trace := range []string{"金丝雀", "13712349999", "6222****"} {
		if i := strings.Index(after, trace); i >= 0 {
			t.Errorf("%s is still there: %s", trace, after[max(0, i-200):min(len(after), i+100)])
		}
	}
	for _, request := range requestsOf(a) {
		if state := approvalOf(h, request)["state"]; state != "stale" {
			t.Errorf("a request about an erased person is %v", state)
		}
	}
}
