package policy

import (
	"errors"
	"testing"
)

func TestBackupsAreChecked(t *testing.T) {
	for name, value := range map[string]string{
		"no time":            `{"at":"25:00"}`,
		"no day kept":        `{"local_days":0}`,
		"kept for ever":      `{"monthly":99999}`,
		"drill now and then": `{"drill":"sometimes"}`,
		"half a path":        `{"local":"backups"}`,
		"a private key":      `{"recipients":["AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQ"]}`,
		"a nameless place":   `{"places":[{"kind":"folder","path":"/mnt/nas"}]}`,
		"two of one name": `{"places":[{"name":"nas","kind":"folder","path":"/a"},
			{"name":"nas","kind":"folder","path":"/b"}]}`,
		"the local one again":   `{"places":[{"name":"local","kind":"folder","path":"/a"}]}`,
		"a tape":                `{"places":[{"name":"a","kind":"tape"}]}`,
		"no endpoint":           `{"places":[{"name":"a","kind":"s3","bucket":"b","region":"r"}]}`,
		"keys in the address":   `{"places":[{"name":"a","kind":"s3","endpoint":"https://a:b@c","bucket":"b","region":"r"}]}`,
		"a secret in the place": `{"places":[{"name":"a","kind":"s3","endpoint":"https://c","bucket":"b","region":"r","secret":"x"}]}`,
	} {
		set := Defaults()
		if err := set.Put("backups", []byte(value)); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	set := Defaults()
	full := `{"at":"01:30","places":[{"name":"nas","kind":"folder","path":"/mnt/nas"},{"name":"oss",
		"kind":"s3","endpoint":"https://oss.example.com","bucket":"b","region":"cn","prefix":"kehu/"}]}`
	if err := set.Put("backups", []byte(full)); err != nil {
		t.Fatal(err)
	}
	if h, m := set.Backups.Clock(); h != 1 || m != 30 || set.Backups.LocalDays != 7 || set.Backups.Days != 30 {
		t.Errorf("%+v", set.Backups)
	}
	// places replaced by fewer leave nothing of themselves
	if err := set.Put("backups", []byte(`{"places":[{"name":"b","kind":"folder","path":"/b"}]}`)); err != nil {
		t.Fatal(err)
	}
	if p := set.Backups.Places; len(p) != 1 || p[0] != (BackupPlace{Name: "b", Kind: "folder", Path: "/b"}) {
		t.Errorf("%+v", p)
	}
}
