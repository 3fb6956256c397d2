package hooks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// Whatever a kill -9 cuts off: a change that was acknowledged has its entry and its history, the
// chain holds, and of reads only the last second is lost.
func TestTheLogSurvivesAKill(t *testing.T) {
	rounds := 2
	if os.Getenv("KEHU_FULL") != "" {
		rounds = 12
	}
	p := run(t)
	id := p.Create("data_admin", "customers", enterprise("上海澄岚仪器有限公司"))["id"].(string)
	path := "/api/collections/customers/records/" + id
	saved, viewed := map[string]bool{}, 0
	for round := range rounds {
		p.Do("executive", "GET", path, nil)
		viewed++
		time.Sleep(1100 * time.Millisecond)
		var wait sync.WaitGroup
		stop := make(chan struct{})
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				ref := fmt.Sprintf("第%d轮%d", round, i)
				request, _ := http.NewRequest("PATCH", p.URL+path, body(map[string]any{"paper_ref": ref}))
				request.Header.Set("Authorization", p.Tokens["data_admin"])
				request.Header.Set("Content-Type", "application/json")
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					return // killed
				}
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					saved[ref] = true
				}
			}
		}()
		time.Sleep(time.Duration(200+rand.IntN(600)) * time.Millisecond)
		p.kill()
		close(stop)
		wait.Wait()
		p.start()
	}
	p.take()
	for ref := range saved {
		if value[int](p.House, "SELECT count(*) FROM changes WHERE field = 'paper_ref' AND new = '\""+ref+"\"'") != 1 {
			t.Errorf("%s was acknowledged and is not in the history", ref)
		}
	}
	updates := value[int](p.House, "SELECT count(*) FROM audit_log WHERE action = 'update' AND record = '"+id+"'")
	if n := value[int](p.House, "SELECT count(*) FROM changes WHERE field = 'paper_ref'"); n != updates || n < len(saved) {
		t.Errorf("%d saves were acknowledged, %d are in the history, %d in the log", len(saved), n, updates)
	}
	if n := value[int](p.House, "SELECT count(*) FROM audit_log WHERE action = 'view' AND record = '"+id+"'"); n != viewed {
		t.Errorf("%d of %d views that were a second old", n, viewed)
	}
	if len(saved) < rounds {
		t.Errorf("only %d saves were acknowledged", len(saved))
	}
	if v := p.Do("data_admin", "GET", "/api/kehu/audit/verify", nil).JSON(); v["ok"] != true {
		t.Errorf("after %d kills: %v", rounds, v)
	}
}

func body(values map[string]any) io.Reader {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(text)
}
