package commands

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheLogTurnsAndForgets(t *testing.T) {
	now := time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	l := &logFile{dir: filepath.Join(t.TempDir(), "logs"), most: 1000, keep: 3 * 24 * time.Hour, json: true,
		clock: func() time.Time { return now }}
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	files := func() []string {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(l.dir, "*.log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			info, err := os.Stat(file)
			if err != nil || info.Size() > l.most || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %d bytes, %v", file, info.Size(), info.Mode())
			}
		}
		return found
	}
	for range 30 {
		now = now.Add(time.Second)
		l.write(0, now, "GET /api/kehu/search", map[string]any{"status": 200, "userIP": "10.0.0.1", "auth": "staff"})
	}
	if n := len(files()); n < 3 {
		t.Errorf("%d files of 30 lines", n)
	}
	text, err := os.ReadFile(filepath.Join(l.dir, logName))
	if err != nil || strings.Contains(string(text), "10.0.0.1") || strings.Contains(string(text), "staff") {
		t.Errorf("who it was: %s %v", text, err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var entry struct{ Time, Level, Message string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Level != "INFO" || entry.Message == "" {
			t.Errorf("no line of JSON: %s", line)
		}
	}
	now = now.Add(25 * time.Hour)
	before := len(files())
	l.write(8, now, "job", map[string]any{"error": "no\nroom"})
	if got := files(); len(got) != before+1 {
		t.Errorf("a day passed in the same file: %d, %d before", len(got), before)
	}
	now = now.Add(3*24*time.Hour + time.Minute)
	l.write(0, now, "a", nil)
	if got := files(); len(got) != 2 {
		t.Errorf("files past their time stay: %v", got)
	}
	for range 20 * logFiles {
		now = now.Add(time.Second)
		l.write(0, now, "GET /api/kehu/search", map[string]any{"status": 200})
	}
	if got := files(); len(got) != logFiles+1 {
		t.Errorf("a flood leaves %d files", len(got))
	}
	l.json = false
	if line := l.line(8, now, "job", map[string]any{"error": "no\nroom"}); strings.Count(line, "\n") != 1 ||
		!strings.Contains(line, `ERROR "job" error="no\nroom"`) {
		t.Errorf("as text: %s", line)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	l.write(0, now, "after the end", nil)
	if err := l.open(); err != nil || l.size == 0 {
		t.Errorf("a restart begins anew: %v", err)
	}
	l.close()
}

// TestALogThatCannotTurnGoesOn: what is written while a file cannot get its last name, or while there is no
// folder to write to, is written once that is possible again.
func TestALogThatCannotTurnGoesOn(t *testing.T) {
	now := time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	l := &logFile{dir: filepath.Join(t.TempDir(), "logs"), most: 100, keep: 24 * time.Hour, clock: func() time.Time { return now }}
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	defer func() { l.close() }()
	holds := func(words ...string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(l.dir, logName))
		for _, word := range words {
			if err != nil || !strings.Contains(string(text), word) {
				t.Errorf("%s is not in the log: %s %v", word, text, err)
			}
		}
	}
	l.write(0, now, "the first "+strings.Repeat("x", 80), nil)
	taken := filepath.Join(l.dir, "kehu-"+now.Format(logLayout)+".log")
	if err := os.MkdirAll(filepath.Join(taken, "by another"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.write(0, now, "the second", nil)
	now = now.Add(logPause / 2)
	l.write(0, now, "the third", nil)
	holds("the first", "the second", "the third")
	now = now.Add(logPause)
	l.write(0, now, "the fourth", nil)
	holds("the fourth")
	if _, err := os.Stat(filepath.Join(l.dir, "kehu-"+now.Format(logLayout)+".log")); err != nil {
		t.Errorf("it never turns again: %v", err)
	}
	if err := os.RemoveAll(l.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.write(0, now, "nowhere "+strings.Repeat("x", 80), nil)
	now = now.Add(2 * logPause)
	l.write(0, now, "nowhere", nil)
	if err := os.Remove(l.dir); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * logPause)
	l.write(0, now, "the last", nil)
	holds("the last")
}
