//go:build linux

package commands

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// block is a list of commands in a document.
type block struct{ section, commands string }

var fenced = regexp.MustCompile("(?ms)^## ([^\n]*)$|^```([a-z]*)\n(.*?)^```$")

// commandsIn are the blocks of a document in a language, such as sh, in their order.
func commandsIn(t *testing.T, file, language string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", file))
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for _, found := range fenced.FindAllStringSubmatch(string(text), -1) {
		if found[1] != "" {
			section = found[1]
		} else if found[2] == language {
			all = append(all, block{section, found[3]})
		}
	}
	return all
}

// what follows a # or // is for who reads
var remark = regexp.MustCompile(`(?m)\s+(#|//) .*$`)

// inBothLanguages are the blocks of a document, which are the same in English and in Chinese but for remarks.
func inBothLanguages(t *testing.T, name, language string, n int) []block {
	t.Helper()
	blocks, chinese := commandsIn(t, name+".md", language), commandsIn(t, name+".zh-CN.md", language)
	if len(blocks) != n || len(chinese) != n {
		t.Fatalf("%d and %d blocks of %s: what follows has to know each", len(blocks), len(chinese), language)
	}
	for i, b := range blocks {
		if said, other := remark.ReplaceAllString(b.commands, ""), remark.ReplaceAllString(chinese[i].commands, ""); said != other {
			t.Errorf("the languages differ:\n%s\n%s", said, other)
		}
	}
	return blocks
}

// machine is a directory that stands for a machine: what the documents say of /var/lib, /usr/local/bin
// and /mnt lies in it, systemctl starts what the unit says, and everybody is root and kehu.
type machine struct {
	t    *testing.T
	root string
	home string // where who follows the document works
	form string // the short form of commands
	name string // of the newest backup
}

// The stand-ins for what a test has no right to: sudo, systemd, users.
const (
	standInSudo = `[ "$1" = -u ] && shift 2
if [ "$1 $2 $3" = "kehu service install" ]; then
  shift 3
  kehu service install --print "$@" >"$MACHINE/unit" && exec systemctl start kehu
fi
exec "$@"
`
	standInSystemctl = `pid="$MACHINE/pid"
case "$1" in
start)
  rm -f "$MACHINE"/var/lib/kehu/keys/server.json
  eval "setsid $(sed -n 's/^ExecStart=//p' "$MACHINE/unit") >>$MACHINE/journal 2>&1 </dev/null &"
  echo $! >"$pid"
  for i in $(seq 600); do
    [ -e "$MACHINE/var/lib/kehu/keys/server.json" ] && exit 0
    kill -0 $(cat "$pid") 2>/dev/null || { cat "$MACHINE/journal"; exit 1; }
    sleep 0.1
  done
  exit 1 ;;
stop | disable)
  kill $(cat "$pid") && while kill -0 $(cat "$pid") 2>/dev/null; do sleep 0.1; done ;;
esac
`
)

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir()}
	m.home = filepath.Join(m.root, "home")
	for _, dir := range []string{"home", "bin", "usr/local/bin", "var/lib", "mnt/nas/kehu"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range map[string]string{"sudo": standInSudo, "systemctl": standInSystemctl, "chown": ""} {
		if err := os.WriteFile(filepath.Join(m.root, "bin", name), []byte("#!/bin/bash\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(program, filepath.Join(m.home, "kehu")); err != nil {
		m.must(exec.Command("cp", program, filepath.Join(m.home, "kehu")).CombinedOutput())
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(m.root, "pid")); err == nil {
			_, _ = m.run("sudo systemctl stop kehu")
		}
	})
	return m
}

func (m *machine) must(said []byte, err error) string {
	m.t.Helper()
	if err != nil {
		journal, _ := os.ReadFile(filepath.Join(m.root, "journal"))
		m.t.Fatalf("%s\n%v\n%s", said, err, journal)
	}
	return string(said)
}

// run runs commands of the documents as they stand, with this machine's places in the place of theirs.
func (m *machine) run(commands string) ([]byte, error) {
	here := strings.NewReplacer("/usr/local/bin", m.root+"/usr/local/bin", "/var/lib", m.root+"/var/lib",
		"/mnt/", m.root+"/mnt/", "-- --self-signed", "-- --self-signed --https 127.0.0.1:0", "NAME", m.name)
	c := exec.Command("bash", "-euo", "pipefail", "-c", here.Replace(m.form+commands))
	c.Dir = m.home
	c.Env = append(os.Environ(), "MACHINE="+m.root, "LANG=en",
		fmt.Sprintf("PATH=%[1]s/bin:%[1]s/usr/local/bin:%s", m.root, os.Getenv("PATH")))
	return c.CombinedOutput()
}

func (m *machine) follow(b block) string {
	m.t.Helper()
	m.t.Logf("%s\n%s", b.section, b.commands)
	return m.must(m.run(b.commands))
}

func (m *machine) folder(name string) string { return filepath.Join(m.root, "var/lib/kehu", name) }

// ask asks the server that runs as this machine's program does.
func (m *machine) ask(method, path string, body, into any) {
	m.t.Helper()
	var h hello
	text, err := os.ReadFile(filepath.Join(m.folder("keys"), serverName))
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err == nil {
		err = (&client{base: h.URL, secret: h.Secret}).call(m.t.Context(), method, path, body, into)
	}
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// holds expects the customer that the workbook brought.
func (m *machine) holds(what string) {
	m.t.Helper()
	var list struct{ Items []struct{ Name string } }
	m.ask(http.MethodGet, "/api/collections/customers/records?sort=name", nil, &list)
	if got := fmt.Sprint(list.Items); len(list.Items) != 1 || !strings.Contains(got, "甲有限公司") {
		m.t.Fatalf("%s: %s", what, got)
	}
}

func (m *machine) keep(file, commands string) {
	m.t.Helper()
	said := m.must(m.run(commands))
	if err := os.WriteFile(filepath.Join(m.home, file), []byte(said), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// Both languages say the same commands, and who follows them, word for word and with the very tools that
// they name, installs, backs up, restores elsewhere, opens a backup by hand, moves, loses a key, and
// upgrades.
func TestOperatingIsFollowedStepByStep(t *testing.T) {
	blocks := inBothLanguages(t, "operating", "sh", 10)
	install, form, owner, backup, restore, hand, leave, arrive, key, upgrade := blocks[0], blocks[1], blocks[2],
		blocks[3], blocks[4], blocks[5], blocks[6], blocks[7], blocks[8], blocks[9]
	m := newMachine(t)
	setUp := func() { // on a new machine, in a new shell
		m.form = ""
		m.follow(install)
		m.form = form.commands
	}
	setUp()
	m.follow(owner)
	m.ask(http.MethodPost, "/api/collections/policies/records", map[string]any{"key": "backups", "value": m.elsewhere()}, nil)
	m.must(exec.Command("book", filepath.Join(m.home, "book.xlsx")).CombinedOutput())
	if said, err := m.run("kehu import book.xlsx"); !strings.Contains(string(said), "incomplete 1") {
		t.Fatalf("%s %v", said, err)
	}
	m.holds("after the import")

	m.must(m.run("kehu backup now"))
	m.name = m.newest("mnt/nas/kehu")
	if said := m.follow(backup); !strings.Contains(said, "good") || !strings.Contains(said, "keep") {
		t.Errorf("backup: %s", said)
	}
	m.keep("recovery.txt", "kehu backup recovery show")
	m.keep("root.txt", "cat /var/lib/kehu/keys/root.key")
	m.must(m.run("kehu backup recovery done"))
	m.byHand(hand)

	// another machine, with nothing but the backups and the sheet
	m.must(m.run("sudo systemctl stop kehu && rm -r /var/lib/kehu"))
	setUp()
	m.must(m.run("cp recovery.txt root.txt /var/lib/kehu/"))
	m.follow(restore)
	m.holds("after the restore")

	m.follow(leave)
	m.must(m.run("rm -r /var/lib/kehu"))
	setUp()
	m.follow(arrive)
	m.holds("after the move")

	m.must(m.run("sudo systemctl stop kehu && mv /var/lib/kehu/keys /var/lib/kehu/lost"))
	if said, err := m.run("sudo systemctl start kehu"); err == nil || !strings.Contains(string(said), "keys") {
		t.Errorf("without its keys it starts: %s", said)
	}
	m.follow(key)
	m.holds("after the key was typed in")

	m.follow(upgrade)
	m.holds("after the upgrade")
}

// elsewhere is the document's own policy, of which this machine has the folder only.
func (m *machine) elsewhere() map[string]any {
	m.t.Helper()
	text, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		m.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json\n")
	sample, _, _ := strings.Cut(rest, "```")
	var value map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(sample, "/mnt/", m.root+"/mnt/")), &value); err != nil {
		m.t.Fatal(err)
	}
	value["places"] = value["places"].([]any)[:1]
	return value
}

func (m *machine) newest(folder string) string {
	m.t.Helper()
	found, err := filepath.Glob(filepath.Join(m.root, folder, "*.tar.zst.age"))
	if err != nil || len(found) == 0 {
		m.t.Fatalf("no backup: %v", err)
	}
	return strings.TrimSuffix(filepath.Base(found[len(found)-1]), ".tar.zst.age")
}

// byHand opens a backup with the tools that the document names.
func (m *machine) byHand(hand block) {
	m.t.Helper()
	m.must(m.run("cp /mnt/nas/kehu/NAME.tar.zst.age ."))
	said := m.follow(hand)
	if !strings.Contains(said, "甲有限公司") {
		m.t.Errorf("by hand: %s", said)
	}
	text, err := os.ReadFile(filepath.Join(m.home, "manifest.json"))
	var manifest struct{ Counts map[string]int }
	if err != nil || json.Unmarshal(text, &manifest) != nil || manifest.Counts["customers"] != 1 {
		m.t.Errorf("the manifest: %v %v", manifest.Counts["customers"], err)
	}
	for _, file := range []string{"auxiliary.db", "about.json", "README.txt"} {
		if _, err := os.Stat(filepath.Join(m.home, file)); err != nil {
			m.t.Error(err)
		}
	}
}

// The commands of the document are those of this program, in both languages.
func TestTheCommandsForWindowsAreOurs(t *testing.T) {
	n := 0
	for _, b := range inBothLanguages(t, "operating", "powershell", 4) {
		for line := range strings.Lines(b.commands) {
			_, rest, ok := strings.Cut(remark.ReplaceAllString(line, ""), `.\kehu.exe `)
			if !ok {
				continue
			}
			n++
			root := Root(fstest.MapFS{}, "test")
			command, args, err := root.Find(asWindowsReads(strings.TrimSpace(rest)))
			if err == nil {
				err = command.ParseFlags(args)
			}
			if err != nil || !command.Runnable() {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d commands", n)
	}
}
