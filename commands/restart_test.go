//go:build unix

package commands

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a server in a process of its own.
type process struct {
	*exec.Cmd
	dir, keys string
	said      *bytes.Buffer
}

// serveApart starts the program as people do.
func serveApart(t *testing.T, dir string, arguments ...string) *process {
	t.Helper()
	p := &process{dir: filepath.Join(dir, "data"), keys: filepath.Join(dir, "keys"), said: &bytes.Buffer{}}
	p.Cmd = exec.Command("kehu", append([]string{"serve", "--dir", p.dir, "--keys", p.keys, "--http", "127.0.0.1:0"},
		arguments...)...)
	p.Stdout, p.Stderr = p.said, p.said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

// other waits for a server of this directory that is not the one known before, and knows its secret.
func (p *process) other(t *testing.T, before hello) (*client, hello) {
	t.Helper()
	for range 600 {
		var h hello
		text, err := os.ReadFile(filepath.Join(p.keys, serverName))
		if err == nil && json.Unmarshal(text, &h) == nil && h.Secret != before.Secret {
			if c := (&client{base: h.URL, secret: h.Secret}); c.alive(t.Context()) {
				return c, h
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("no server: %s", p.said)
	return nil, hello{}
}

func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the end: %v\n%s", err, p.said)
	}
}

// A restore that is asked for in the admin page starts the program anew in the same process, which then
// serves the restored register; what its manager watches never ends.
func TestARestoreFromTheAdminPageStartsTheProgramAnew(t *testing.T) {
	p := serveApart(t, t.TempDir(), "--demo")
	c, first := p.other(t, hello{})
	ctx := t.Context()
	count := func(c *client) (n int) {
		t.Helper()
		var list struct{ TotalItems int }
		if err := c.call(ctx, http.MethodGet, "/api/collections/customers/records?perPage=1", nil, &list); err != nil {
			t.Fatal(err)
		}
		return list.TotalItems
	}
	if out, err := exec.Command("kehu", "superuser", "create", "owner@example.com", "copper-lantern-drift", "--dir",
		p.dir, "--keys", p.keys).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	var made struct{ Name string }
	busy := true
	for busy { // the first start makes the backup of the day
		err := c.call(ctx, http.MethodPost, "/api/kehu/backups", map[string]any{}, &made)
		if busy = err != nil && strings.Contains(err.Error(), "正在进行"); err != nil && !busy {
			t.Fatal(err)
		}
	}
	before := count(c)
	if err := c.call(ctx, http.MethodPost, "/api/collections/customers/records",
		map[string]any{"kind": "enterprise", "name": "备份之后的公司"}, nil); err != nil || count(c) != before+1 {
		t.Fatal(err)
	}
	status, answer := http.StatusConflict, "backup_busy"
	for status == http.StatusConflict && strings.Contains(answer, "backup_busy") { // and its drill
		status, answer = p.asOwner(t, "POST", "/api/backups/"+made.Name+".tar.zst.age/restore")
	}
	if status != http.StatusNoContent {
		t.Fatalf("%d %s", status, answer)
	}
	c, second := p.other(t, first)
	if second.PID != first.PID || second.PID != p.Process.Pid {
		t.Errorf("it is another process: %d, %d", first.PID, second.PID)
	}
	if got := count(c); got != before {
		t.Errorf("%d customers, not %d", got, before)
	}
	if kept, _ := filepath.Glob(filepath.Join(p.dir, ".kehu-before-*", "data.db")); len(kept) != 1 {
		t.Errorf("what was there is not kept: %v", kept)
	}
	if status, answer := p.asOwner(t, "GET", "/api/backups"); !strings.Contains(answer, made.Name) {
		t.Errorf("the restored register lists: %d %s", status, answer)
	}
	p.interrupt(t)
	if n := strings.Count(p.said.String(), "Kehu is running"); n != 2 {
		t.Errorf("it was started %d times: %s", n, p.said)
	}
}

// asOwner asks as the owner that the test made.
func (p *process) asOwner(t *testing.T, method, path string) (int, string) {
	t.Helper()
	out, err := exec.Command("ask", p.keys, "owner@example.com", "copper-lantern-drift", method, path).CombinedOutput()
	if err != nil {
		t.Fatal(string(out))
	}
	var status int
	code, rest, _ := strings.Cut(string(out), " ")
	if err := json.Unmarshal([]byte(code), &status); err != nil {
		t.Fatal(string(out))
	}
	return status, rest
}
