package hooks_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"
)

// Sizes of the crash proof of a pass over the register: short, and with KEHU_FULL=1.
const (
	classKills     = 3
	classKillsFull = 40
	classCustomers = 400
)

// A pass over the register that a kill -9 cuts off at any moment is taken up at the next start and comes to
// the end: every customer's class is what the policy in force says, with its reason and one entry of the
// history for each step; nothing is half written.
func TestThePassOverTheRegisterSurvivesKills(t *testing.T) {
	rounds := classKills
	if os.Getenv("KEHU_FULL") != "" {
		rounds = classKillsFull
	}
	p := run(t)
	id, random := "", rand.New(rand.NewPCG(7, uint64(rounds)))
	rules := func(round int) []map[string]any {
		to := []string{"key", "normal"}[round%2]
		return []map[string]any{{"key": "influence", "tier": to, "name": fmt.Sprintf("第%d次规则", round),
			"any": []map[string]any{{"input": "influence", "is": []string{"high"}}}}}
	}
	p.look(func() {
		for i := range classCustomers {
			p.Create("data_admin", "customers", firm(fmt.Sprintf("分级%d仪器有限公司", i), map[string]any{"influence": "high",
				"confirm_duplicate": "分级的试验"}))
		}
		id = idOf(p.Create("data_admin", "policies", map[string]any{"key": "tiers", "value": rules(1)}))
		rested(t, p.House)
	})
	cut := 0
	for round := 2; round < rounds+2; round++ {
		if a := p.Do("data_admin", "PATCH", "/api/collections/policies/records/"+id, map[string]any{"value": rules(round)}); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for range 3 { // the start that takes it up is killed too
			time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
			p.kill()
			p.start()
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		p.kill()
		p.Open()
		if value[string](p.House, "SELECT todo FROM kehu_tiering") != "" {
			cut++
		}
		rested(t, p.House)
		want := rules(round)[0]
		wantNone(p.House, "classes that the policy does not give", fmt.Sprintf("SELECT id FROM customers WHERE tier != '%v' "+
			"OR tier_rule != 'influence' OR tier_reason ->> '$.name' != '%v' OR label NOT LIKE '%%%s客户%%'", want["tier"], want["name"],
			map[string]string{"key": "重点", "normal": "普通"}[fmt.Sprint(want["tier"])]))
		wantNone(p.House, "customers whose history has not one step for each change", fmt.Sprintf(
			"SELECT record FROM changes WHERE field = 'tier' AND via = 'system' GROUP BY record HAVING count(*) != %d", round))
		wantNone(p.House, "steps that do not follow one another", "SELECT 1 FROM (SELECT old, lag(new) OVER "+
			"(PARTITION BY record ORDER BY rowid) AS before FROM changes WHERE field = 'tier') WHERE before IS NOT NULL AND old != before")
		p.Close()
		p.start()
	}
	if cut == 0 && rounds > classKills {
		t.Errorf("no pass was cut off in %d rounds", rounds)
	}
	t.Logf("%d of %d passes were left to do by the last kill", cut, rounds)
}
