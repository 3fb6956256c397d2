//go:build unix

package cipherdb

import (
	"os"
	"path/filepath"
	"testing"
)

// TestADriveIsOpened: SQLite hands a path with a drive to the file system as it stands, so that Windows
// finds the file; elsewhere it is a folder of that name.
func TestADriveIsOpened(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Join("C:", "kehu"), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := Open("C:/kehu/data.db", Key{1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE a (b)"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join("C:", "kehu", "data.db")); err != nil {
		t.Error(err)
	}
}
