package commands

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/robustio"

	"kehu/internal/signin"
)

// setupSize is the length of the set-up code in bytes: 128 bits.
const setupSize = 16

// setupCode is the code of the first set-up. It lies in the keys folder, which only the user of the
// register opens, until there is an administrator; a restart in between does not change the link.
func setupCode(keys string, random io.Reader) (string, error) {
	path := filepath.Join(keys, setupName)
	text, err := os.ReadFile(path)
	if code := strings.TrimSpace(string(text)); err == nil && len(code) >= 2*setupSize {
		return code, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	bytes := make([]byte, setupSize)
	if _, err := io.ReadFull(random, bytes); err != nil {
		return "", err
	}
	return signin.Code(bytes), nil
}

// keepSetupCode writes the code while nobody has set the register up, and takes it away after.
func (s *server) keepSetupCode() (waiting bool, err error) {
	path := filepath.Join(s.place.keys, setupName)
	if waiting, err = s.house.AwaitsSetup(); err != nil {
		return false, err
	}
	if !waiting {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
		return false, nil
	}
	if err := os.WriteFile(path+".new", []byte(s.setup+"\n"), 0o600); err != nil {
		return false, err
	}
	return true, robustio.Rename(path+".new", path)
}
