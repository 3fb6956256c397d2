// Package e2e walks through the web app in a real browser. Without one the tests say so and pass;
// KEHU_FULL=1 makes a browser a must. KEHU_SCREENSHOTS names a folder for pictures of every station.
package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	patience = 20 * time.Second // for anything to appear
	glance   = 40 * time.Millisecond
	settled  = 300 * time.Millisecond // for colours to change
)

// tab is a page of the web app under test, and everything that went wrong in it.
type tab struct {
	t         *testing.T
	ctx       context.Context
	url       string
	downloads string

	mu       sync.Mutex
	problems []string
	excused  []string // parts of problems that a journey provokes
}

// journey is the most that one takes, so that a browser that hangs fails its test alone.
const journey = 4 * time.Minute

// openTab starts a browser at the address, or ends the test where there is none.
func openTab(t *testing.T, url string) *tab {
	t.Helper()
	path := findBrowser()
	if path == "" {
		if os.Getenv("KEHU_FULL") == "1" {
			t.Fatal("KEHU_FULL=1 and no Chromium found")
		}
		fmt.Println("e2e: no Chromium found, the journeys of the web app were not walked")
		return nil
	}
	p := &tab{t: t, url: url, downloads: t.TempDir()}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("lang", "zh-CN"),
		chromedp.WindowSize(1280, 900), chromedp.UserDataDir(t.TempDir()))
	limit, give := context.WithTimeout(context.Background(), journey)
	t.Cleanup(give)
	allocator, stop := chromedp.NewExecAllocator(limit, options...)
	ctx, leave := chromedp.NewContext(allocator, chromedp.WithListener(p.watch))
	t.Cleanup(func() {
		leave()
		stop()
	})
	p.ctx = ctx
	must(t, chromedp.Do(ctx)) // the browser lives as long as the context of the first run
	p.size(1280, 900)
	_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled,
		emulation.SetFocusEmulationEnabledParams{Enabled: true})
	must(t, err)
	_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: p.downloads})
	must(t, err)
	p.do(chromedp.Navigate(url + "/"))
	return p
}

func findBrowser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// watch collects console errors, uncaught exceptions, refused and failed requests, and violations of
// the Content-Security-Policy (they are log entries).
func (p *tab) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.add("console: %s", arguments(e.Args))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.add("exception: %s", text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.add("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			p.add("request: %d %s", e.Response.Status, e.Response.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			p.add("request failed: %s", e.ErrorText)
		}
	}
}

func arguments(args []*runtime.RemoteObject) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.Description + string(a.Value)
	}
	return strings.Join(texts, " ")
}

func (p *tab) add(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// clean fails the test for every problem that was not excused.
func (p *tab) clean() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for _, problem := range p.problems {
		for _, excuse := range p.excused {
			if strings.Contains(problem, excuse) {
				continue next
			}
		}
		p.t.Error(problem)
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.shot("stuck")
		p.t.Fatalf("%v\n%s", err, p.report())
	}
}

// js evaluates an expression in the page.
func js[T any](p *tab, expression string, args ...any) T {
	p.t.Helper()
	value, err := evaluate[T](p, expression, args...)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.report())
	}
	return value
}

// evaluate is js for what may fail.
func evaluate[T any](p *tab, expression string, args ...any) (T, error) {
	p.t.Helper()
	quoted := make([]any, len(args))
	for i, a := range args {
		text, err := json.Marshal(a)
		must(p.t, err)
		quoted[i] = string(text)
	}
	expression = fmt.Sprintf(expression, quoted...)
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		err = fmt.Errorf("%s: %w", expression, err)
	}
	return value, err
}

// until waits for an expression to become true. The protocol's own polling needs eval in the page,
// which the Content-Security-Policy forbids.
func (p *tab) until(what, expression string, args ...any) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(glance) {
		is, err := evaluate[bool](p, "Boolean("+expression+")", args...)
		if err == nil && is {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "navigated or closed") { // the page is being loaded anew
			p.t.Fatalf("%s: %v\n%s", what, err, p.report())
		}
	}
	p.shot("stuck")
	p.t.Fatalf("waited in vain: %s\nat %s\n%s", what, js[string](p, "location.hash + '\\n' + document.body.innerText.slice(0, 2000)"), p.report())
}

// see waits until an element that the selector names shows the text. innerText of what is not drawn, such
// as a dialog that is about to open, is its whole content.
func (p *tab) see(selector, text string) {
	p.t.Helper()
	p.until(selector+" shows "+text, "[...document.querySelectorAll(%s)].some("+
		"(one) => one.checkVisibility() && one.innerText.includes(%s))", selector, text)
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.until(selector+" can be clicked",
		"((one) => one && !one.disabled)(document.querySelector(%s))", selector)
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// press clicks the first button or link with that text, within the dialog where one is open.
func (p *tab) press(text string) {
	p.t.Helper()
	p.until("a button "+text, "((one) => one && (one.click(), true))([...("+
		"document.querySelector('dialog[open]') ?? document).querySelectorAll("+
		"'button:not(:disabled), a.k-button')].find((one) => one.innerText.trim() === %s))", text)
}

// write replaces what stands in a field, key by key.
func (p *tab) write(selector, text string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Focus(chromedp.CSS(selector)))
	js[bool](p, "(document.querySelector(%s).select(), true)", selector)
	if text == "" {
		p.do(chromedp.KeyEvent("\b"))
		return
	}
	p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// choose picks an option as a person does: the value and its event.
func (p *tab) choose(selector, value string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible(chromedp.CSS(selector)))
	js[bool](p, "((one) => { one.value = %s; one.dispatchEvent(new Event('input', {bubbles: true}));"+
		" return one.dispatchEvent(new Event('change', {bubbles: true})) })(document.querySelector(%s))",
		value, selector)
}

func (p *tab) signIn(who string) {
	p.t.Helper()
	p.write("#email", who+"@example.com")
	p.write("#password", password)
	p.press("登录")
	p.see(".k-header", "客户登记")
}

func (p *tab) size(width, height int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height))
}

// download waits for a file that the page hands over.
func (p *tab) download(suffix string) string {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(glance) {
		files, err := os.ReadDir(p.downloads)
		must(p.t, err)
		for _, f := range files {
			about, err := f.Info()
			must(p.t, err)
			if strings.HasSuffix(f.Name(), suffix) && about.Size() > 0 {
				return filepath.Join(p.downloads, f.Name())
			}
		}
	}
	p.t.Fatalf("no download %s\n%s", suffix, p.report())
	return ""
}

// shot keeps a picture at the sizes that matter where KEHU_SCREENSHOTS names a folder.
func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("KEHU_SCREENSHOTS")
	if dir == "" {
		return
	}
	must(p.t, os.MkdirAll(dir, 0o755))
	for _, width := range []int64{1280, 390, 1920} {
		p.size(width, 900)
		picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
		must(p.t, err)
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width))
		must(p.t, os.WriteFile(file, picture, 0o644))
	}
	p.size(1280, 900)
	p.scheme("dark")
	time.Sleep(settled)
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	must(p.t, err)
	must(p.t, os.WriteFile(filepath.Join(dir, name+"-dark.png"), picture, 0o644))
	p.scheme("light")
}

func (p *tab) scheme(name string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name},
			{Name: "prefers-reduced-motion", Value: "reduce"}}}) // colours change at once
	must(p.t, err)
}

func (p *tab) report() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.problems, "\n")
}
