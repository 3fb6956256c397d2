package hooks_test

import (
	"fmt"
	"testing"

	"kehu/collections"
	"kehu/internal/match"
	"kehu/tests"
)

// meanwhile is two customers whose keys are written step by step, as those of an import are. At two
// moments something happens to the first.
type meanwhile struct {
	*tests.House
	*testing.T
	id          string
	first, last int64
	serial      int
}

func (m *meanwhile) change() {
	m.serial++
	do(m.T, m.House, "data_admin", "PATCH", "/api/collections/customers/records/"+m.id, map[string]any{
		"name": fmt.Sprintf("改名%d设备有限公司", m.serial), "mobile": mobileNo(m.serial), "confirm_duplicate": "试验的客户"})
}

func (m *meanwhile) delete() { execute(m.T, m.House, "DELETE FROM customers WHERE id = '"+m.id+"'") }

func (m *meanwhile) erase() {
	admin, err := m.App.FindRecordById("staff", m.Staff["data_admin"])
	if err != nil {
		m.Fatal(err)
	}
	if err := m.House.House.EraseSubject(m.id, admin, "本人要求删除"); err != nil {
		m.Fatal(err)
	}
}

// begin has two customers that have no keys yet.
func (m *meanwhile) begin() {
	execute(m.T, m.House, "DELETE FROM customers")
	for i, name := range []string{"澄岚仪器有限公司", "知远电子有限公司"} {
		id := idOf(m.Create("data_admin", "customers", map[string]any{"kind": "enterprise", "name": name,
			"mobile": mobileNo(5000 + i), "business_address": fmt.Sprintf("上海市浦东新区张江路%d号", 360+i)}))
		if i == 0 {
			m.id = id
		}
	}
	m.first = value[int64](m.House, "SELECT min(doc) FROM customers")
	m.last = value[int64](m.House, "SELECT max(doc) FROM customers")
	execute(m.T, m.House, "DELETE FROM kehu_match")
	execute(m.T, m.House, "DELETE FROM kehu_match_docs")
	execute(m.T, m.House, fmt.Sprintf("INSERT INTO kehu_match_pending VALUES (%d, %d)", m.first, m.last))
}

// steps of the writing, which is cut off once.
func (m *meanwhile) steps() []func() error {
	db := collections.Through(m.App.NonconcurrentDB())
	var of map[int64][]match.Key
	var keys []collections.Keyed
	read := func() (err error) {
		of, err = collections.KeysBetween(db, m.first, m.last)
		return err
	}
	list := func() error {
		err := collections.ListKeys(db, []int64{m.first, m.last}, of)
		keys = collections.InOrder(of)
		return err
	}
	half := func() error { return collections.WriteKeys(db, keys[:len(keys)/2], m.first, m.last) }
	rest := func() error { return collections.WriteKeys(db, keys[len(keys)/2:], m.first, m.last) }
	return []func() error{read, list, half, read, list, half, rest}
}

func (m *meanwhile) run(i, j int, act, again func()) {
	m.begin()
	for at, step := range m.steps() {
		if err := step(); err != nil {
			m.Fatal(err)
		}
		if at == i {
			act()
		}
		if at == j {
			again()
		}
	}
	db := collections.Through(m.App.NonconcurrentDB())
	if err := collections.FinishKeys(db, m.first, m.last, false); err != nil {
		m.Fatal(err)
	}
	keyed(m.T, m.House)
	if n := value[int](m.House, "SELECT count(*) FROM kehu_match_moved"); n > 0 {
		m.Errorf("%d are remembered of a range that is done", n)
	}
	if n := value[int](m.House, fmt.Sprint("SELECT count(*) FROM kehu_match WHERE doc = ", m.last)); n == 0 {
		m.Error("the other customer has no keys: the test proves nothing")
	}
}

// While the keys of an import are written, its customers are changed, deleted and erased, and the
// server is cut off: whenever that happens, the stored keys are those of who is there as they are.
func TestKeysFollowWhatHappensWhileTheyAreWritten(t *testing.T) {
	m := &meanwhile{House: tests.Start(t), T: t}
	m.House.House.StopUpkeep()
	nothing := func() {}
	for name, acts := range map[string][2]func(){
		"changed": {m.change, nothing}, "deleted": {m.delete, nothing}, "erased": {m.erase, nothing},
		"changed twice": {m.change, m.change}, "changed and deleted": {m.change, m.delete},
		"changed and erased": {m.change, m.erase},
	} {
		for i := range m.steps() {
			for j := i; j < len(m.steps()); j++ {
				m.run(i, j, acts[0], acts[1])
				if t.Failed() {
					t.Fatalf("%s after steps %d and %d", name, i, j)
				}
			}
		}
	}
}

// What imports bring one after the other is one range, whoever was saved between them; what is added to
// a range while a block of it is written stays pending.
func TestRangesOfImportsAreOne(t *testing.T) {
	h := tests.Start(t)
	h.House.StopUpkeep()
	bring := func(n int) {
		h.Import("data_admin", "a.xlsx", tests.Workbook([]any{"客户名称", "客户类型", "手机"},
			[]any{fmt.Sprintf("导入%d仪器有限公司", n), "企业", mobileNo(n)},
			[]any{fmt.Sprintf("导入%d电子有限公司", n), "企业", mobileNo(n + 1)}), nil)
	}
	db := collections.Through(h.App.NonconcurrentDB())
	for n := range 3 {
		bring(10 * n)
		h.Create("data_admin", "customers", firm(fmt.Sprintf("上海第%d贸易有限公司", n), nil))
	}
	first, last, pending, err := collections.Pending(db)
	if err != nil || !pending || last-first != 7 || value[int](h, "SELECT count(*) FROM kehu_match_pending") != 1 {
		t.Fatalf("three imports are pending from %d to %d: %v", first, last, err)
	}
	bring(100)
	if err := collections.FinishKeys(db, first, last, false); err != nil {
		t.Fatal(err)
	}
	rest, end, pending, err := collections.Pending(db)
	if err != nil || !pending || rest != last+1 || end != value[int64](h, "SELECT max(doc) FROM customers") {
		t.Errorf("after a block of it %d to %d are pending: %v", rest, end, err)
	}
	if err := collections.FinishKeys(db, rest, end, false); err != nil {
		t.Fatal(err)
	}
	if _, _, pending, err = collections.Pending(db); pending || err != nil {
		t.Errorf("something is pending after all: %v", err)
	}
}
