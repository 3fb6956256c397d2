package vault

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// PrivateFolder makes a folder, and those above it. One that was not there is opened by the user of this
// process, by administrators and the system, with all that is made in it: modes mean nothing here, and a
// folder on a drive is otherwise open to everybody.
func PrivateFolder(path string) error {
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(path, 0o700); err != nil || !fresh {
		return err
	}
	return closeFolder(path)
}

// closeFolder replaces what a folder inherits. A file system without access lists has none to replace.
func closeFolder(path string) error {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	// https://learn.microsoft.com/windows/win32/secauthz/ace-strings: P keeps out what would be inherited,
	// OICI hands on to files and folders, FA is all rights, SY the system, BA the administrators
	list, err := windows.SecurityDescriptorFromString("D:P(A;OICI;FA;;;" + user.User.Sid.String() + ")(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")
	if err != nil {
		return err
	}
	dacl, _, err := list.DACL()
	if err != nil {
		return err
	}
	err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil)
	if errors.Is(err, windows.ERROR_INVALID_FUNCTION) || errors.Is(err, windows.ERROR_NOT_SUPPORTED) {
		return nil
	}
	return err
}
