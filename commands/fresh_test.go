//go:build linux

package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// empty is a folder that holds the program as it is released and nothing else, on a machine of which the
// program is told nothing: no home, no path, no temporary folder, no Go.
type empty struct {
	t    *testing.T
	dir  string
	said bytes.Buffer
	runs *exec.Cmd
	*client
}

func emptyFolder(t *testing.T, program string) *empty {
	t.Helper()
	e := &empty{t: t, dir: t.TempDir()}
	if out, err := exec.Command("cp", program, filepath.Join(e.dir, "kehu")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	return e
}

func (e *empty) command(arguments ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(e.dir, "kehu"), arguments...)
	c.Dir, c.Env = e.dir, []string{}
	return c
}

func (e *empty) must(arguments ...string) string {
	e.t.Helper()
	out, err := e.command(arguments...).CombinedOutput()
	if err != nil {
		e.t.Fatalf("kehu %v: %v\n%s", arguments, err, out)
	}
	return string(out)
}

// serve starts the program with nothing but a free port, and waits until it has said where it is.
func (e *empty) serve() {
	e.t.Helper()
	e.runs = e.command("serve", "--http", "127.0.0.1:0")
	e.runs.Stdout, e.runs.Stderr = &e.said, &e.said
	if err := e.runs.Start(); err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = e.runs.Process.Kill() })
	running := func() bool { // a process that has ended lies there until it is waited for
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.runs.Process.Pid))
		return err == nil && !bytes.Contains(state, []byte(") Z "))
	}
	for end := time.Now().Add(2 * time.Minute); running() && time.Now().Before(end); {
		var h hello
		text, err := os.ReadFile(filepath.Join(e.dir, "kehu_data-keys", serverName))
		if err == nil && json.Unmarshal(text, &h) == nil && h.PID == e.runs.Process.Pid {
			if e.client = (&client{base: h.URL, secret: h.Secret}); e.alive(e.t.Context()) {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = e.runs.Process.Kill()
	_ = e.runs.Wait()
	e.t.Fatalf("it does not answer: %s", e.said.String())
}

// stop stops it as the system does and answers what it had said.
func (e *empty) stop() string {
	e.t.Helper()
	if err := e.runs.Process.Signal(syscall.SIGTERM); err != nil {
		e.t.Fatal(err)
	}
	if err := e.runs.Wait(); err != nil {
		e.t.Errorf("the end: %v\n%s", err, e.said.String())
	}
	return e.said.String()
}

// as asks as whoever signs in, and answers the names of the customers.
func (e *empty) as(email, password string) (names []string) {
	e.t.Helper()
	guest := &client{base: e.base}
	var signed struct{ Token string }
	if err := guest.call(e.t.Context(), http.MethodPost, "/api/kehu/signin",
		map[string]any{"email": email, "password": password}, &signed); err != nil {
		e.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, e.base+"/api/collections/customers/records?sort=name", nil)
	if err != nil {
		e.t.Fatal(err)
	}
	request.Header.Set("Authorization", signed.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		e.t.Fatal(err)
	}
	defer response.Body.Close()
	var list struct{ Items []struct{ Name string } }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		e.t.Fatal(err)
	}
	for _, one := range list.Items {
		names = append(names, one.Name)
	}
	return names
}

func (e *empty) write(name, text string) {
	e.t.Helper()
	if err := os.WriteFile(filepath.Join(e.dir, name), []byte(text), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// Somebody who has nothing but the program, as it is released, sets a register up through its link, imports,
// backs up, restores elsewhere with the sheet, and starts it on the data of an older version.
func TestTheProgramAloneIsEnough(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kehu")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "..").CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	const email, password = "admin@example.com", "copper-lantern-drift"
	first := emptyFolder(t, program)
	first.serve()
	for _, page := range []string{"/", "/_/"} {
		response, err := http.Get(first.base + page)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", page, response.StatusCode)
		}
	}
	code, err := os.ReadFile(filepath.Join(first.dir, "kehu_data-keys", setupName))
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]any{"code": strings.TrimSpace(string(code)), "company": "试办公司", "name": "管理员",
		"email": email, "password": password, "one_person": true}
	if err := (&client{base: first.base}).call(t.Context(), http.MethodPost, "/api/kehu/setup", set, nil); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("book", filepath.Join(first.dir, "book.xlsx")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	if out, _ := first.command("import", "book.xlsx").CombinedOutput(); !strings.Contains(string(out), "incomplete 1") {
		t.Fatalf("%s", out)
	}
	want := first.as(email, password)
	if len(want) != 1 || want[0] != "甲有限公司" {
		t.Fatalf("after the import: %v", want)
	}
	first.must("backup", "now")
	identity := first.must("backup", "recovery", "show")
	root, err := os.ReadFile(filepath.Join(first.dir, "kehu_data-keys", "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	said := first.stop()
	if link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/#/setup/[0-9a-z-]+`).FindString(said); !strings.HasSuffix(link, set["code"].(string)) {
		t.Errorf("the link is not printed: %s", said)
	}
	made, _ := os.ReadDir(first.dir)
	var names []string
	for _, one := range made {
		names = append(names, one.Name())
	}
	if !slices.Equal(names, []string{"book.xlsx", "kehu", "kehu_data", "kehu_data-backups", "kehu_data-keys"}) {
		t.Errorf("beside the program lie %v", names)
	}

	elsewhere := emptyFolder(t, program)
	elsewhere.write("recovery.txt", identity)
	elsewhere.write("root.txt", string(root))
	elsewhere.must("backup", "restore", filepath.Join(first.dir, "kehu_data-backups"), "--identity", "recovery.txt", "--root-key", "root.txt")
	elsewhere.serve()
	if got := elsewhere.as(email, password); !slices.Equal(got, want) {
		t.Errorf("elsewhere: %v", got)
	}
	elsewhere.stop()

	for _, from := range released(t) {
		p, was := older(t, from)
		later := emptyFolder(t, program)
		for name, dir := range map[string]string{"kehu_data": p.dir, "kehu_data-keys": p.keys} {
			if err := os.Rename(dir, filepath.Join(later.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		later.serve()
		for number, name := range was.Customers {
			var list struct{ Items []struct{ Name string } }
			err := later.call(t.Context(), http.MethodGet, fmt.Sprintf("/api/collections/customers/records?filter=number='%s'", number), nil, &list)
			if err != nil || len(list.Items) != 1 || list.Items[0].Name != name {
				t.Errorf("%s after the upgrade: %v %v", number, list.Items, err)
			}
		}
		if said := later.stop(); !strings.Contains(said, ".tar.zst.age") && !strings.Contains(said, "备份") {
			t.Errorf("the upgrade says nothing of its backup: %s", said)
		}
	}
}
