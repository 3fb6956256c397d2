package cipherdb

import "testing"

// TestPathsInURIs: where SQLite is of no system, a drive of Windows stands as it is; a share has the
// slashes of a URI and its own.
func TestPathsInURIs(t *testing.T) {
	for slashed, want := range map[string]string{
		"C:/ProgramData/Kehu/data/data.db": "C:/ProgramData/Kehu/data/data.db",
		"D:/客户 资料/50%/data.db":             "D:/%E5%AE%A2%E6%88%B7%20%E8%B5%84%E6%96%99/50%25/data.db",
		"/srv/a?b#c/data.db":               "/srv/a%3Fb%23c/data.db",
		"//server/share/data.db":           "////server/share/data.db",
	} {
		if got := uriPath(slashed); got != want {
			t.Errorf("%s: %s, not %s", slashed, got, want)
		}
	}
}
