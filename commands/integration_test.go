//go:build linux

package commands

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the blocks of docs/integration.md answer, one list for each.
var (
	answersToCommands = [][]string{
		{`"role":"data_admin"`},
		{`"perPage":3`, `"stage":"potential"`, `"items":[{"name":"`, `"matched":`},
		{"200\n", "100\n"},
		{`"mobile":"13912845078"`, `"missing":[`, "200"},
		{`"level":"exact"`, `"id":"erp000000001042"`, "409"},
		{`"mobile":"13912845078"`, `"level":"suspected"`, "409", "\n200"},
		{"200\n200"},
		{`"state":"running"`, `"state":"done"`, `"outcome":"incomplete"`, `"outcome":"failed"`, "200", `"restored":1`},
		{"客户编号,客户名称"},
		{"the same"},
		{"204"},
		{`"masked":{"`, `"code":"field_withheld"`, "403"},
		{`"code":"mobile_length"`, "400", "401"},
	}
	answersToScripts = [][]string{{}, {"3 121", "上海"}, {"13912845079 [", "409 erp000000001044", "suspected"}, {"update"},
		{"%PDF-1.4"}, {"incomplete: 1"}}
)

// Node has no EventSource of its own; who follows the document installs one. It is made of fetch here, so
// that the test needs no registry.
const standInEventSource = `export class EventSource extends EventTarget {
	constructor(url) {
		super()
		this.stop = new AbortController()
		this.read(url).catch((error) => { if (!this.stop.signal.aborted) this.onerror?.(error) })
	}
	async read(url) {
		let text = ''
		for await (const part of (await fetch(url, { signal: this.stop.signal })).body.pipeThrough(new TextDecoderStream())) {
			const messages = (text + part).split('\n\n')
			text = messages.pop()
			for (const message of messages) {
				const said = Object.fromEntries(message.split('\n').map((line) => line.split(/:(.*)/s)))
				this.dispatchEvent(Object.assign(new MessageEvent(said.event, { data: said.data, lastEventId: said.id })))
			}
		}
	}
	close() { this.stop.abort() }
}
`

// follower is who reads docs/integration.md beside a running demonstration.
type follower struct {
	t         *testing.T
	home, url string
	passwords map[string]string
}

var unknownPassword = regexp.MustCompile(`(\S+@demo\.example)(['" ,]*)PASSWORD`)

// here puts this house's address and passwords into what the document says.
func (f *follower) here(commands string) string {
	commands = strings.ReplaceAll(commands, "http://127.0.0.1:8090", f.url)
	return unknownPassword.ReplaceAllStringFunc(commands, func(found string) string {
		part := unknownPassword.FindStringSubmatch(found)
		email := part[1]
		if i := strings.LastIndexAny(email, `'"`); i >= 0 {
			email = email[i+1:]
		}
		return part[1] + part[2] + f.passwords[email]
	})
}

// follow runs the blocks one after the other in one process, and looks at what each answers.
func (f *follower) follow(blocks []block, say string, answers [][]string, program string, args ...string) {
	f.t.Helper()
	var script strings.Builder
	for i, b := range blocks {
		fmt.Fprintf(&script, say+"\n%s\n", i, f.here(b.commands))
	}
	ctx, stop := context.WithTimeout(f.t.Context(), 2*time.Minute)
	defer stop()
	c := exec.CommandContext(ctx, program, args...)
	c.WaitDelay = time.Second // for what it left in the background
	c.Dir, c.Stdin = f.home, strings.NewReader(script.String())
	out, err := c.CombinedOutput()
	if err != nil {
		f.t.Fatalf("%v\n%s", err, out)
	}
	said := strings.Split(string(out), "=== ")[1:]
	for i, wanted := range answers {
		for _, words := range wanted {
			if !strings.Contains(said[i], words) {
				f.t.Errorf("%s: no %s in the answer to\n%s\n%s", blocks[i].section, words, blocks[i].commands, said[i])
			}
		}
	}
}

// Both languages say the same commands and scripts, and who follows them word for word signs in, reads,
// enters, hands over files, imports, exports and hears of changes, with curl and with the official client.
func TestIntegrationIsFollowedStepByStep(t *testing.T) {
	commands := inBothLanguages(t, "integration", "sh", len(answersToCommands))
	scripts := inBothLanguages(t, "integration", "js", len(answersToScripts))
	f := &follower{t: t, home: t.TempDir(), passwords: map[string]string{}}
	ctx, stop := context.WithCancel(t.Context())
	out, ended := run(ctx, "serve", "--demo", "--dir", filepath.Join(f.home, "data"), "--http", "127.0.0.1:0")
	defer func() {
		stop()
		<-ended
	}()
	waitForText(t, out, ended, "now import this file: ")
	f.url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String())
	for _, found := range signInLine.FindAllStringSubmatch(out.String(), -1) {
		f.passwords[found[1]] = found[2]
	}
	f.follow(commands, "echo '=== %d'", answersToCommands, "bash", "-euo", "pipefail")
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("KEHU_FULL") == "1" {
			t.Fatal("node is not installed")
		}
		t.Skip("node is not installed: the scripts of docs/integration.md were not run")
	}
	f.install("pocketbase", "../pb_public/vendor/pocketbase.js", "")
	f.install("eventsource", "", standInEventSource)
	f.follow(scripts, "console.log('=== %d')", answersToScripts, "node", "--input-type=module", "-")
}

// install puts a module where Node looks for it: the official client is the one that the web app uses.
func (f *follower) install(name, file, text string) {
	f.t.Helper()
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		text = string(content)
	}
	dir := filepath.Join(f.home, "node_modules", name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		f.t.Fatal(err)
	}
	for file, content := range map[string]string{"package.json": `{"type": "module", "main": "index.js"}`, "index.js": text} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
}
