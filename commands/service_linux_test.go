package commands

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The folders above the service's own are made by root, whose umask closes what it makes; the service's
// user has to go through them.
func TestTheWayToTheFoldersIsOpen(t *testing.T) {
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	root := t.TempDir()
	closed := filepath.Join(root, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]bool{filepath.Join(root, "lib", "kehu", "data"): true,
		filepath.Join(closed, "data"): false} {
		if fresh, err := wayTo(folder); err != nil || fresh != want {
			t.Fatalf("%s: new %v, %v", folder, fresh, err)
		}
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("%s is made too: %v", folder, err)
		}
	}
	for folder, want := range map[string]os.FileMode{filepath.Join(root, "lib"): 0o755,
		filepath.Join(root, "lib", "kehu"): 0o755, closed: 0o700} {
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", folder, info, err, want)
		}
	}
}
