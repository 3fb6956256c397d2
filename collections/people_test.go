package collections_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"kehu/collections"
	"kehu/internal/serial"
	"kehu/tests"
)

func pathOf(t *testing.T, h *tests.House, department string) string {
	t.Helper()
	path, err := collections.DepartmentPath(collections.Through(h.App.DB()), department)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPathsFollowDepartments(t *testing.T) {
	h := tests.Start(t)
	db := collections.Through(h.App.DB())
	east, sub, south := h.Depts["east"], h.Depts["east_sub"], h.Depts["south"]
	team := h.Create("data_admin", "departments", map[string]any{"name": "浦东小组", "parent": sub})["id"].(string)
	expect := func(step string, want map[string]string) {
		t.Helper()
		for id, path := range want {
			if got := pathOf(t, h, id); got != path {
				t.Errorf("%s: %s, want %s", step, got, path)
			}
		}
	}
	expect("at first", map[string]string{"": "/", east: "/" + east + "/", sub: "/" + east + "/" + sub + "/",
		team: "/" + east + "/" + sub + "/" + team + "/"})
	patch(t, h, "data_admin", "departments", sub, map[string]any{"parent": south})
	expect("moved with all below", map[string]string{sub: "/" + south + "/" + sub + "/",
		team: "/" + south + "/" + sub + "/" + team + "/", east: "/" + east + "/"})
	patch(t, h, "data_admin", "departments", sub, map[string]any{"parent": ""})
	expect("to the top", map[string]string{sub: "/" + sub + "/", team: "/" + sub + "/" + team + "/"})
	patch(t, h, "data_admin", "departments", sub, map[string]any{"name": "上海一组"})
	expect("renamed", map[string]string{sub: "/" + sub + "/", team: "/" + sub + "/" + team + "/"})
	for name, parent := range map[string]string{"itself": sub, "what is below it": team} {
		a := h.Do("data_admin", "PATCH", "/api/collections/departments/records/"+sub,
			map[string]any{"parent": parent})
		if a.Code("parent") != "department_loop" {
			t.Errorf("below %s: %d %s", name, a.Status, a.Body)
		}
	}
	below, err := collections.DepartmentsBelow(db, sub)
	slices.Sort(below)
	want := []string{sub, team}
	slices.Sort(want)
	if err != nil || !slices.Equal(below, want) {
		t.Errorf("below: %v, %v", below, err)
	}
	if none, err := collections.DepartmentsBelow(db, ""); err != nil || len(none) > 0 {
		t.Errorf("below none: %v, %v", none, err)
	}
	if !collections.InPath("/a/b/", "b") || collections.InPath("/ab/", "b") || collections.InPath("/", "a") {
		t.Error("a path is parted at its strokes")
	}
}

func TestLookUpNeedsOneOfAName(t *testing.T) {
	h := tests.Start(t)
	db := collections.Through(h.App.DB())
	customer := h.Create("sales", "customers", firm("甲有限公司", map[string]any{"uscc": "91110000600037341L"}))
	person := h.Create("sales", "customers", map[string]any{"kind": "individual", "name": "陈一诺"})
	twin := h.Create("data_admin", "staff", map[string]any{"name": "吴销售", "role": "sales",
		"email": "wu2@example.com", "password": tests.Password("wu2"), "passwordConfirm": tests.Password("wu2"),
		"active": true})["id"].(string)
	l := collections.NewLookup(db)
	id := customer["id"].(string)
	for _, c := range []struct{ name, got, want string }{
		{"staff by name", l.Staff("周销售"), h.Staff["sales"]},
		{"staff by e-mail", l.Staff("sales@example.com"), h.Staff["sales"]},
		{"staff by id", l.Staff(h.Staff["sales"]), h.Staff["sales"]},
		{"two of one name", l.Staff("吴销售"), ""},
		{"one of the two by e-mail", l.Staff("wu2@example.com"), twin},
		{"staff that is not there", l.Staff("查无此人"), ""}, {"no staff", l.Staff(""), ""},
		{"department of staff", l.DepartmentOf(h.Staff["sales"]), h.Depts["east_sub"]},
		{"department by name", l.Department("上海组"), h.Depts["east_sub"]},
		{"customer by number", l.Customer(customer["number"].(string)), id},
		{"customer by code", l.Customer("91110000600037341L"), id},
		{"customer by name", l.Customer("甲有限公司"), id}, {"customer by id", l.Customer(id), id},
		{"a person is not found by name", l.Customer("陈一诺"), ""},
		{"a person is found by number", l.Customer(person["number"].(string)), person["id"].(string)},
		{"customer that is not there", l.Customer("乙有限公司"), ""},
		{"a quote", l.Customer(`' OR 1=1 --`), ""}, {"a wildcard", l.Customer("%"), ""},
		{"tag that is not there", l.Tag("没有"), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
	if l.Tag("潜力客户") == "" || l.Tag("潜力客户") != l.Tag(l.Tag("潜力客户")) {
		t.Error("a tag is found by name and by id")
	}
	if !l.Record("customers", id) || l.Record("customers", "x") || l.Record("kehu_sealed", "x") ||
		l.Record("_superusers", id) {
		t.Error("records of our own collections, and no others")
	}
	later := h.Create("sales", "customers", firm("乙有限公司", nil))["id"].(string)
	if l.Customer("乙有限公司") != "" {
		t.Error("within one request an answer stays")
	}
	if l.Use(db); l.Customer("乙有限公司") != later {
		t.Error("what was not found is looked for anew")
	}
}

func TestNumbersAreGivenOnce(t *testing.T) {
	h := tests.Start(t)
	pattern, err := serial.Parse("KH-{YYYY}{MM}{SEQ:3}-{SUB:3}")
	if err != nil {
		t.Fatal(err)
	}
	numbers := collections.Numbers{Collection: "customers", Pattern: pattern}
	db := collections.Through(h.App.NonconcurrentDB())
	var lock sync.Mutex
	var all sync.WaitGroup
	given := map[string]bool{}
	for range 8 {
		all.Go(func() {
			for range 10 {
				number, err := numbers.Next(db, tests.Now, "")
				lock.Lock()
				if err != nil || given[number] {
					t.Errorf("%s again, %v", number, err)
				}
				given[number] = true
				lock.Unlock()
			}
		})
	}
	all.Wait()
	first, err := numbers.Next(db, tests.Now, "KH-202611001-001")
	second, err2 := numbers.Next(db, tests.Now, "KH-202611001-001")
	if err != nil || err2 != nil || first != "KH-202611001-002" || second != "KH-202611001-003" {
		t.Errorf("below a parent: %s %s, %v %v", first, second, err, err2)
	}
	if first, err := collections.Take(db, "three", 3); err != nil || first != 1 {
		t.Errorf("first of three: %d, %v", first, err)
	}
	if next, err := collections.Take(db, "three", 1); err != nil || next != 4 {
		t.Errorf("behind three: %d, %v", next, err)
	}
}

func TestSideTablesStandBesideAndHoldNothingPlain(t *testing.T) {
	h := tests.Start(t)
	db := collections.Through(h.App.NonconcurrentDB())
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE name LIKE 'kehu_%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	rows.Close()
	for _, name := range []string{"kehu_counters", "kehu_totals", "kehu_search", "kehu_sealed",
		"kehu_keysets", "kehu_sealed_blind", "kehu_totals_insert", "kehu_totals_delete",
		"kehu_totals_move", "kehu_search_delete", "kehu_plain_INSERT", "kehu_plain_UPDATE"} {
		if !slices.Contains(names, name) {
			t.Errorf("no %s", name)
		}
	}
	for _, name := range []string{"kehu_sealed", "kehu_keysets", "kehu_search"} {
		if a := h.Do("superuser", "GET", "/api/collections/"+name+"/records", nil); a.Status == 200 {
			t.Errorf("%s is open to record routes", name)
		}
	}
	id := h.Create("sales", "customers", firm("甲有限公司", nil))["id"].(string)
	for _, column := range []string{"cert_no", "bank_account"} {
		err := db.Exec("UPDATE customers SET "+column+" = ? WHERE id = ?", "6222021000012345673", id)
		if err == nil || !strings.Contains(err.Error(), "plain sensitive value") {
			t.Errorf("%s takes a plain number: %v", column, err)
		}
	}
}
