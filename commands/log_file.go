package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"kehu/internal/fault"
)

// ErrLogFormat: the log is written as text or JSON.
var ErrLogFormat = fault.Define("log_format", "--log-format 只能是 text 或 json，不能是 {format}",
	"--log-format is text or json, not {format}")

// ErrLogSize: a file of the log holds something, and is kept for some time.
var ErrLogSize = fault.Define("log_size", "--log-size 和 --log-days 至少为 1", "--log-size and --log-days are 1 or more")

// Names of the log's files: the one that is written, and those before it with the moment of their end.
const (
	logName   = "kehu.log"
	logLayout = "20060102-150405.000"
)

// logFile is a log that keeps itself small: a file that is full or a day old gives way to a new one,
// and files past their time go.
type logFile struct {
	dir   string
	most  int64         // bytes of a file
	keep  time.Duration // of files
	json  bool
	clock func() time.Time

	mu     sync.Mutex
	file   *os.File
	size   int64
	began  time.Time
	failed time.Time // when a new file could not be begun last
	closed bool
}

// logAge is how long one file is written to.
const logAge = 24 * time.Hour

// open begins where the last start ended.
func (l *logFile) open() error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(l.dir, logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size, l.began, l.closed = file, info.Size(), l.clock(), false
	if l.size > 0 {
		l.began = info.ModTime()
	}
	if err := l.sweep(); err != nil {
		fmt.Fprintln(os.Stderr, "kehu: log:", err)
	}
	return nil
}

// told are the words of an entry that go into the file: none by which a person is known. The log in
// the database, which is encrypted, has who it was and from where.
var told = []string{"type", "method", "url", "status", "execTime", "error", "details", "job", "action", "sha256"}

// write puts one entry into the file. A log that cannot be written stops nothing.
func (l *logFile) write(level int, at time.Time, message string, data map[string]any) {
	line := l.line(level, at, message, data)
	l.mu.Lock()
	defer l.mu.Unlock()
	over := l.size > 0 && (l.size+int64(len(line)) > l.most || l.clock().Sub(l.began) > logAge)
	if (l.file == nil || over) && !l.closed && l.clock().Sub(l.failed) > logPause {
		if err := l.turn(); err != nil {
			l.failed = l.clock()
			fmt.Fprintln(os.Stderr, "kehu: log:", err)
		}
	}
	if l.file == nil {
		return
	}
	n, _ := io.WriteString(l.file, line)
	l.size += int64(n)
}

func (l *logFile) line(level int, at time.Time, message string, data map[string]any) string {
	kept := map[string]any{}
	for _, key := range told {
		if value, given := data[key]; given {
			kept[key] = value
		}
	}
	stamp, name := at.UTC().Format(time.RFC3339Nano), slog.Level(level).String()
	if l.json {
		kept["time"], kept["level"], kept["message"] = stamp, name, message
		text, err := json.Marshal(kept)
		if err != nil {
			return ""
		}
		return string(text) + "\n"
	}
	var line strings.Builder
	fmt.Fprintf(&line, "%s %s %q", stamp, name, message)
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		fmt.Fprintf(&line, " %s=%q", key, fmt.Sprint(kept[key]))
	}
	return line.String() + "\n"
}

// logPause is how long after a new file could not be begun that is tried again.
const logPause = time.Minute

// turn gives the file its last name and begins a new one. One that cannot get it, such as a file that
// somebody on Windows has open, is written on.
func (l *logFile) turn() (err error) {
	if l.file != nil {
		old := filepath.Join(l.dir, strings.TrimSuffix(logName, ".log")+"-"+l.clock().UTC().Format(logLayout)+".log")
		err = errors.Join(l.file.Close(), os.Rename(filepath.Join(l.dir, logName), old))
		l.file = nil
	}
	return errors.Join(err, l.open())
}

// logFiles is how many files are kept beside the one that is written, whatever their age.
const logFiles = 50

// sweep removes files past their time, and the oldest where there are too many.
func (l *logFile) sweep() error {
	files, err := filepath.Glob(filepath.Join(l.dir, strings.TrimSuffix(logName, ".log")+"-*.log"))
	if err != nil {
		return err
	}
	slices.Sort(files) // by their moments
	for i, file := range files {
		at, err := time.Parse("kehu-"+logLayout+".log", filepath.Base(file))
		if err == nil && (l.clock().Sub(at) > l.keep || i < len(files)-logFiles) {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *logFile) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
