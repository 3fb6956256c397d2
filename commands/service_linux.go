package commands

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
)

// definition is what --print shows.
func (s service) definition() string { return s.unit() }

// checked refuses what systemd would read otherwise.
func (s service) checked() error { return s.check() }

// installService writes the unit and starts it. Folders that are missing are made for the user.
func installService(_ context.Context, s service) error {
	if err := s.check(); err != nil {
		return err
	}
	if _, err := exec.LookPath("systemctl"); err != nil {
		return ErrServiceHere
	}
	path := filepath.Join(unitDir, s.name+".service")
	return attempt(
		func() error { return haveUser(s.user, filepath.Dir(s.dir)) },
		func() error { return ownFolders(s.user, s.dir, s.keys, s.dir+"-backups") },
		func() error { return copyTo(path, strings.NewReader(s.unit())) },
		func() error { return os.Chmod(path, 0o644) },
		func() error { return step("systemctl", "daemon-reload") },
		func() error { return step("systemctl", "enable", s.name) },
		func() error { return step("systemctl", "restart", s.name) }, // one that runs has other arguments
	)
}

func removeService(_ context.Context, name string) error {
	if _, err := exec.LookPath("systemctl"); err != nil {
		return ErrServiceHere
	}
	path := filepath.Join(unitDir, name+".service")
	return attempt(
		func() error { return step("systemctl", "disable", "--now", name) },
		func() error { return os.Remove(path) },
		func() error { return step("systemctl", "daemon-reload") },
	)
}

// haveUser makes a user of the system without a shell where there is none.
func haveUser(name, home string) error {
	if _, err := user.Lookup(name); err == nil {
		return nil
	}
	return step("useradd", "--system", "--user-group", "--home-dir", home, "--shell", "/usr/sbin/nologin", name)
}

// ownFolders makes folders that are missing and gives them, with all that is in them, to the user; the
// one above them too where it is new.
func ownFolders(name string, folders ...string) error {
	for _, folder := range folders {
		above := filepath.Dir(folder)
		fresh, err := wayTo(folder)
		if err == nil && fresh {
			err = step("chown", name+":", above)
		}
		if err != nil {
			return err
		}
		err = attempt(
			func() error { return os.MkdirAll(folder, 0o700) },
			func() error { return step("chown", "--recursive", "--no-dereference", name+":", folder) },
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// wayTo makes the folders above one that are missing, open to go through whatever the umask: the user
// of the service has to get to its own. fresh: the one above it was missing.
func wayTo(folder string) (fresh bool, err error) {
	above := filepath.Dir(folder)
	if _, err := os.Stat(above); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if _, err := wayTo(above); err != nil {
		return false, err
	}
	return true, attempt(
		func() error { return os.Mkdir(above, 0o755) },
		func() error { return os.Chmod(above, 0o755) },
	)
}

// tellManager says a word to systemd, which waits for the start and knows of a stop (sd_notify(3)).
// Where nobody asked to be told it does nothing.
func tellManager(state string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:] // the abstract namespace
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return err
	}
	_, err = c.Write([]byte(state))
	return errors.Join(err, c.Close())
}

// underManager runs the program; systemd stops it by a signal.
func underManager(run func(context.Context) int) int { return run(context.Background()) }
