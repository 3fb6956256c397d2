package hooks_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kehu/tests"
)

const importsPath = "/api/kehu/imports/"

// together sends requests at the same moment and gives their answers.
func together(n int, send func(i int) tests.Answer) []tests.Answer {
	answers := make([]tests.Answer, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			answers[i] = send(i)
		})
	}
	close(begin)
	all.Wait()
	return answers
}

func statuses(answers []tests.Answer) map[int]int {
	out := map[int]int{}
	for _, a := range answers {
		out[a.Status]++
	}
	return out
}

// A button pressed many times does its work once.
func TestAButtonPressedManyTimesWorksOnce(t *testing.T) {
	h := tests.Start(t)
	book := tests.Workbook([]any{"客户名称", "手机"}, []any{"甲有限公司", "13712341231"},
		[]any{"乙有限公司", "13712341232"}, []any{"丙有限公司", "137"}, []any{"丁有限公司", "138"})
	id := h.Upload("data_admin", "a.xlsx", book, nil)["id"].(string)
	press := func(act string) []tests.Answer {
		return together(8, func(int) tests.Answer {
			return h.Do("data_admin", "POST", importsPath+id+"/"+act, nil)
		})
	}
	starts := press("start")
	if got := statuses(starts); got[202] != 1 || got[400] != 7 {
		t.Fatalf("started: %v", got)
	}
	show := h.Wait("data_admin", id, "running")
	wantCounts(t, show, map[string]int{"incomplete": 2, "failed": 2})
	bookOf(h, show)

	// Two rows at once, and each of them several times: every mend counts, and counts once.
	mends := together(8, func(i int) tests.Answer {
		return h.Do("data_admin", "PATCH", importsPath+id+"/rows/"+fmt.Sprint(4+i%2),
			map[string]any{"cells": map[string]string{"手机": fmt.Sprintf("1371234124%d", i%2)}})
	})
	if got := statuses(mends); got[200] != 2 || got[400] != 6 {
		t.Errorf("mended: %v", got)
	}
	show = h.Wait("data_admin", id, "running")
	wantCounts(t, show, map[string]int{"incomplete": 4})
	bookOf(h, show)

	undos := press("undo")
	if got := statuses(undos); got[200] != 1 || got[400] != 7 {
		t.Errorf("undone: %v", got)
	}
	for _, a := range undos {
		if a.Status == 200 && (a.JSON()["restored"] != 4.0 || len(a.JSON()["touched"].([]any)) != 0) {
			t.Errorf("undone: %s", a.Body)
		}
	}
	if n := value[int](h, "SELECT count(*) FROM customers"); n != 0 {
		t.Errorf("%d customers", n)
	}
}

// While an import runs, nothing else may be done with it but to watch and to cancel it; what was
// cancelled is taken back.
func TestARunningImportIsLeftAlone(t *testing.T) {
	h := tests.Start(t)
	all, _ := crashBooks(t)
	id := h.Upload("data_admin", "a.xlsx", all, nil)["id"].(string)
	other := h.Upload("data_admin", "b.xlsx", tests.Workbook([]any{"客户名称", "手机"},
		[]any{"别的有限公司", "13712341231"}), nil)["id"].(string)
	for _, one := range []string{id, other} {
		if a := h.Do("data_admin", "POST", importsPath+one+"/start", nil); a.Status != http.StatusAccepted {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	for _, c := range []struct {
		role, method, path string
		body               any
	}{
		{"data_admin", "PATCH", importsPath + id, map[string]any{"options": map[string]any{}}},
		{"data_admin", "PATCH", importsPath + id + "/rows/2", map[string]any{"decision": "skip"}},
		{"data_admin", "POST", importsPath + id + "/start", nil},
		{"data_admin", "POST", importsPath + id + "/undo", nil},
		{"data_admin", "GET", importsPath + id + "/errors.xlsx", nil},
		{"data_admin", "DELETE", "/api/collections/imports/records/" + id, nil},
		{"superuser", "DELETE", "/api/collections/imports/records/" + id, nil},
		{"superuser", "DELETE", "/api/collections/imports/records/" + other, nil},
	} {
		a := h.Do(c.role, c.method, c.path, c.body)
		if a.Status < 400 || a.Status >= 500 || c.role != "data_admin" && !clear(a.Text("message")) {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.Status, a.Body)
		}
	}
	if show := h.Do("data_admin", "GET", importsPath+other, nil).JSON(); show["state"] != "running" {
		t.Errorf("the second waits: %v", show["state"])
	}
	time.Sleep(200 * time.Millisecond)
	if a := h.Do("data_admin", "POST", importsPath+id+"/cancel", nil); a.Status != 200 {
		t.Fatalf("cancel: %d %s", a.Status, a.Body)
	}
	show := h.Wait("data_admin", id, "running")
	if show["state"] != "cancelled" || show["error"] != "" {
		t.Fatalf("cancelled: %v %v", show["state"], show["error"])
	}
	counts := tests.Counts(show)
	if n := value[int](h, "SELECT count(*) FROM import_rows WHERE `import` = '"+id+"'"); n != counts["total"] {
		t.Errorf("%d rows in the book, %v", n, counts)
	}
	wantCounts(t, h.Wait("data_admin", other, "running"), map[string]int{"incomplete": 1})
	undo := h.Do("data_admin", "POST", importsPath+id+"/undo", nil)
	if undo.Status != 200 || len(undo.JSON()["touched"].([]any)) != 0 {
		t.Errorf("undo: %d %s", undo.Status, undo.Body)
	}
	if n := value[int](h, "SELECT count(*) FROM customers"); n != 1 {
		t.Errorf("%d customers", n)
	}
	if a := h.Do("superuser", "DELETE", "/api/collections/imports/records/"+id, nil); a.Status != 204 {
		t.Errorf("its record is deleted when it has ended: %d %s", a.Status, a.Body)
	}
	wantNone(h, "rows without an import", "SELECT 1 FROM import_rows WHERE `import` = '"+id+"'")
}

// An import that is cancelled at any moment is cancelled, not failed; one that was stopped with
// the server goes on.
func TestAnImportIsCancelledOrStoppedAtAnyMoment(t *testing.T) {
	h := tests.Start(t)
	all, _ := crashBooks(t)
	for round := range 6 {
		id := h.Upload("data_admin", "a.xlsx", all, nil)["id"].(string)
		h.Do("data_admin", "POST", importsPath+id+"/start", nil)
		time.Sleep(upTo(300 * time.Millisecond))
		if round == 5 {
			h.Close()
			h.Open()
			show := h.Wait("data_admin", id, "running")
			if counts := tests.Counts(show); show["state"] != "done" || counts["total"] != crashRows {
				t.Errorf("stopped with the server: %v %v %v", show["state"], show["error"], counts)
			}
			break
		}
		h.Do("data_admin", "POST", importsPath+id+"/cancel", nil)
		show := h.Wait("data_admin", id, "running")
		if show["state"] != "cancelled" {
			t.Fatalf("round %d: %v %v", round, show["state"], show["error"])
		}
		if a := h.Do("data_admin", "POST", importsPath+id+"/undo", nil); a.Status != 200 ||
			len(a.JSON()["touched"].([]any)) != 0 {
			t.Fatalf("undo: %d %s", a.Status, a.Body)
		}
		if n := value[int](h, "SELECT count(*) FROM customers"); n != 0 {
			t.Fatalf("%d customers after the undo", n)
		}
	}
	sound(h)
}

// A preview that was cancelled stays so, though it was just being made.
func TestAPreviewIsCancelled(t *testing.T) {
	h := tests.Start(t)
	all, _ := crashBooks(t)
	for range 5 {
		a := h.Send("data_admin", "a.xlsx", all, nil)
		time.Sleep(upTo(20 * time.Millisecond))
		cancel := h.Do("data_admin", "POST", importsPath+a.Text("id")+"/cancel", nil)
		if cancel.Status != 200 {
			t.Fatalf("%d %s", cancel.Status, cancel.Body)
		}
		time.Sleep(300 * time.Millisecond)
		if show := h.Do("data_admin", "GET", importsPath+a.Text("id"), nil).JSON(); show["state"] != "cancelled" {
			t.Errorf("cancelled, then %v", show["state"])
		}
		events := h.Do("data_admin", "GET", importsPath+a.Text("id")+"/events", nil)
		if events.Status != 200 || !strings.Contains(string(events.Body), `"cancelled"`) {
			t.Errorf("events: %d %s", events.Status, events.Body)
		}
	}
}

// A server that stops while a preview is made stops cleanly, and makes it at the next start.
func TestTheServerStopsInAPreview(t *testing.T) {
	h := tests.Start(t)
	all, _ := crashBooks(t)
	for range 4 {
		a := h.Send("data_admin", "a.xlsx", all, nil)
		time.Sleep(upTo(40 * time.Millisecond))
		h.Close()
		h.Open()
		if show := h.Wait("data_admin", a.Text("id"), "previewing"); show["state"] != "ready" {
			t.Errorf("%v %v", show["state"], show["error"])
		}
	}
}

// A preview counts out what several rows have wrong, the commonest first, as the rows say it.
func TestAPreviewCountsWhatRowsHaveInCommon(t *testing.T) {
	h := tests.Start(t)
	rows := "客户名称,负责人,邮箱\n"
	for i := range 5 {
		rows += fmt.Sprintf("绍兴%s仪器有限公司,%s,%s\n", string("甲乙丙丁戊"[3*i:3*i+3]),
			[]string{"查无此人", "查无此人", "查无此人", "不在名单", "不在名单"}[i], []string{"", "", "", "", "坏的"}[i])
	}
	ready := h.Upload("data_admin", "客户.csv", []byte(rows), nil)
	told := []string{}
	for _, one := range ready["preview"].(map[string]any)["faults"].([]any) {
		f := one.(map[string]any)
		told = append(told, fmt.Sprint(f["field"], " ", f["n"], " ", f["message"]))
	}
	want := []string{"owner 3 员工中没有「查无此人」，请先在员工页建立，或改填已有员工的姓名",
		"owner 2 员工中没有「不在名单」，请先在员工页建立，或改填已有员工的姓名"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
