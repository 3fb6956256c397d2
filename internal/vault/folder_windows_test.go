package vault

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// TestAPrivateFolderIsClosedToOthers: its access list names the user, the system and the administrators.
func TestAPrivateFolderIsClosedToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	for range 2 { // one that is there is left as it is
		if err := PrivateFolder(path); err != nil {
			t.Fatal(err)
		}
	}
	list, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	text := list.String()
	for _, sid := range []string{user.User.Sid.String(), "SY", "BA"} {
		if !strings.Contains(text, ";;;"+sid+")") {
			t.Errorf("%s does not open it: %s", sid, text)
		}
	}
	for _, sid := range []string{"WD", "BU", "AU"} {
		if strings.Contains(text, ";;;"+sid+")") {
			t.Errorf("%s opens it: %s", sid, text)
		}
	}
}
