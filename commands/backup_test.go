package commands

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kehu/backups"
)

// A backup by hand waits for the one of the timetable, says so once, and tells every other refusal at once.
func TestABackupByHandWaitsForItsTurn(t *testing.T) {
	asked, answers := 0, []string{
		`{"data":{"code":"backup_busy"},"message":"另一个备份或恢复正在进行，请稍后再试"}`,
		`{"data":{"code":"backup_busy"},"message":"另一个备份或恢复正在进行，请稍后再试"}`,
		`{"name":"b","state":"done"}`, `{"data":{"code":"backup_no_room"},"message":"磁盘已满"}`,
		`{"data":{"code":"backup_busy"},"message":"另一个备份或恢复正在进行，请稍后再试"}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if answer := answers[asked]; strings.Contains(answer, "message") {
			w.WriteHeader(http.StatusConflict)
			w.Write([]byte(answer))
		} else {
			w.Write([]byte(answer))
		}
		asked++
	}))
	defer server.Close()
	var told bytes.Buffer
	var made backups.Made
	ask := func(ctx context.Context) error {
		return inTurn(ctx, &client{base: server.URL}, &told, "/", nil, &made)
	}
	err := ask(t.Context())
	if err != nil || made.Name != "b" || asked != 3 || strings.Count(told.String(), "\n") != 1 {
		t.Errorf("%+v %v after %d: %s", made, err, asked, told.String())
	}
	if err := ask(t.Context()); err == nil || err.Error() != "磁盘已满" {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := ask(ctx); err == nil || !strings.Contains(err.Error(), "正在进行") {
		t.Errorf("given up: %v", err)
	}
}
