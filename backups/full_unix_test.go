//go:build unix

package backups_test

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// roomVariable bounds every file that the child writes: beyond it a write fails as on a full disk.
const roomVariable = "KEHU_BACKUPS_ROOM"

func prepareChild() {
	room, err := strconv.ParseUint(os.Getenv(roomVariable), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // a write past the limit is an error, not the end
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
	limit.Cur = room
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
}

// The disk is full at every stage: copying the database, writing the backup, unpacking it in a drill
// or a restore. Each says so, touches nothing that is there, and works again with room.
func TestTheDiskIsFullAtEveryStage(t *testing.T) {
	s := newScene(t)
	noise := s.addNoise(t)
	s.before = tables(t, s.House)
	made := backup(t, s.House)
	s.Close()
	database, err := os.Stat(filepath.Join(s.Dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	if database.Size() < int64(noise) {
		t.Logf("the database has %d bytes", database.Size())
	}
	refusals := map[string]int{}
	for _, act := range [][]string{{"now"}, {"drill"}, {"restore", bodyOf(s.House, made.Name)}} {
		for _, percent := range []int64{3, 10, 30, 60, 90, 100} {
			keep := treeOf(t, local(s.House))
			room := database.Size() * percent / 100
			if room < 64<<10 {
				continue
			}
			said, _, _ := program(t, 0, []string{fmt.Sprint(roomVariable, "=", room)}, s.arguments(append([]string{"backup"}, act...)...)...)
			failed := strings.Contains(said, "disk is full")
			worked := strings.Contains(said, "done") || strings.Contains(said, "restores") || strings.Contains(said, "restored to")
			switch {
			case failed:
				refusals[act[0]]++
				if now := treeOf(t, local(s.House)); now != keep {
					t.Errorf("%s at %d%%: the backups changed:\n%s\n%s", act[0], percent, keep, now)
				}
			case !worked:
				t.Errorf("%s at %d%%: %s", act[0], percent, said)
			}
			if got := s.sound(t, fmt.Sprintf("%s at %d%%", act[0], percent)); got == 0 {
				t.Fatal("no good backup is left")
			}
		}
		if refusals[act[0]] == 0 {
			t.Errorf("%s was never refused: %v", act[0], refusals)
		}
	}
	said, _, _ := program(t, 0, nil, s.arguments("backup", "now")...)
	if !strings.Contains(said, "done") {
		t.Errorf("with room again: %s", said)
	}
}

// addNoise makes the database and the backup larger than what a server writes besides.
func (s *scene) addNoise(t *testing.T) int {
	t.Helper()
	_, err := s.App.DB().NewQuery("CREATE TABLE noise AS WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM g " +
		"LIMIT 8000) SELECT x, randomblob(1000) AS y FROM g").Execute()
	if err != nil {
		t.Fatal(err)
	}
	return 8000 * 1000
}
