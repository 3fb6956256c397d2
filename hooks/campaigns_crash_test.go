package hooks_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kehu/bench"
	"kehu/tests"
)

// campaignStands holds a campaign to what its import says: every row once, drafts of its own keeper, and a
// task that is open just while the leads are awaited.
func campaignStands(h *tests.House, campaign string, show map[string]any, state string, customers int) {
	h.TB.Helper()
	where := "FROM customers WHERE campaign = '" + campaign + "'"
	if n := value[int](h, "SELECT count(*) "+where); n != customers {
		h.TB.Errorf("%d customers of the campaign, want %d", n, customers)
	}
	wantNone(h, "are no drafts of marketing", "SELECT 1 "+where+" AND (status != 'draft' OR owner != '"+h.Staff["marketing"]+"')")
	wantNone(h, "customers of no campaign", "SELECT 1 FROM customers WHERE campaign != '"+campaign+"'")
	shown := campaignShown(h, "marketing", campaign)
	if counts := shown["customers"].(map[string]any); shown["state"] != state || counts["total"] != float64(customers) ||
		counts["draft"] != float64(customers) {
		h.TB.Errorf("the page says %v, want %s with %d", shown, state, customers)
	}
	open := 0
	if state == "open" {
		open = 1
	}
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE kind = 'campaign' AND state = 'open'"); n != open {
		h.TB.Errorf("%d open tasks of the campaign, want %d", n, open)
	}
	if n := value[int](h, "SELECT count(*) FROM tasks WHERE kind = 'campaign' AND state != 'open'"); n != 1 {
		h.TB.Errorf("%d tasks of the campaign that are done, want the one that the import ended", n)
	}
	if show != nil {
		bookOf(h, show)
	}
	sound(h)
}

// An import into a campaign that is killed again and again ends with every lead once, as a draft of the
// campaign's keeper, and ends the campaign's task once; so does its undo.
func TestAnImportIntoACampaignIsKilledAtAnyMoment(t *testing.T) {
	var book bytes.Buffer
	if err := bench.WriteWorkbook(&book, crashRows, crashWrong); err != nil {
		t.Fatal(err)
	}
	for round := range rounds() {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			p := run(t)
			ended := time.Now().AddDate(0, 0, -2).Format(time.DateOnly)
			campaign := idOf(p.Create("marketing", "campaigns", map[string]any{"name": "秋季仪器展", "kind": "exhibition", "ends": ended}))
			sent := p.Send("marketing", "leads.xlsx", book.Bytes(), into(campaign, nil))
			if sent.Status != http.StatusAccepted {
				t.Fatalf("%d %s", sent.Status, sent.Body)
			}
			p.killAfter(upTo(100 * time.Millisecond)) // in the preview
			id := sent.Text("id")
			if show := p.Wait("marketing", id, "previewing"); show["state"] != "ready" {
				t.Fatalf("the preview ended %v: %v", show["state"], show["error"])
			}
			if a := p.Do("marketing", "POST", "/api/kehu/imports/"+id+"/start", nil); a.Status != http.StatusAccepted {
				t.Fatalf("start: %d %s", a.Status, a.Body)
			}
			for range 3 {
				p.killAfter(upTo(700 * time.Millisecond))
			}
			show := p.Wait("marketing", id, "running")
			counts := tests.Counts(show)
			wrong := crashRows * crashWrong / 100
			customers := counts["created"] + counts["incomplete"]
			if show["state"] != "done" || counts["failed"] != wrong || customers != crashRows-wrong || counts["pending"] != 0 {
				t.Errorf("%v %v %v", show["state"], show["error"], counts)
			}
			t.Logf("note: %v", show["note"])
			p.take()
			campaignStands(p.House, campaign, show, "entered", customers)
			p.Close()
			p.start()
			campaignTakenBackAfterKills(p, id, campaign, customers)
		})
	}
}

// campaignTakenBackAfterKills kills the program in the midst of the undo: afterwards the campaign awaits its
// leads again.
func campaignTakenBackAfterKills(p *program, id, campaign string, customers int) {
	p.TB.Helper()
	go func(url, token string) { // its answer never comes
		request, _ := http.NewRequest("POST", url+"/api/kehu/imports/"+id+"/undo", nil)
		request.Header.Set("Authorization", token)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
		}
	}(p.URL, p.Tokens["marketing"])
	for range 2 {
		p.killAfter(upTo(400 * time.Millisecond))
	}
	a := p.Do("marketing", "POST", "/api/kehu/imports/"+id+"/undo", nil)
	if a.Status != http.StatusOK && a.Code("") != "import_state" {
		p.TB.Fatalf("undo: %d %s", a.Status, a.Body)
	}
	show := p.Do("marketing", "GET", "/api/kehu/imports/"+id, nil).JSON()
	if counts := tests.Counts(show); show["state"] != "undone" || counts["restored"] != customers || counts["touched"] != 0 {
		p.TB.Errorf("undone: %v %v %v", show["state"], show["note"], counts)
	}
	if note, _ := show["note"].(string); strings.Contains(note, "错误") {
		p.TB.Errorf("note: %s", note)
	}
	p.take()
	campaignStands(p.House, campaign, nil, "open", 0)
	p.Close()
}
