package commands

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func example() service {
	return service{name: "kehu", user: "kehu", program: "/usr/local/bin/kehu", dir: "/var/lib/kehu/data",
		keys: "/var/lib/kehu/keys", more: []string{"/mnt/nas/客户 备份"}, serve: []string{"--self-signed"}}
}

func TestUnit(t *testing.T) {
	unit := example().unit()
	for _, line := range []string{
		"ExecStart=/usr/local/bin/kehu serve --dir /var/lib/kehu/data --keys /var/lib/kehu/keys --self-signed",
		"User=kehu", "Restart=on-failure", "RestartPreventExitStatus=78", "UMask=0077", "NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet=",
		`ReadWritePaths=/var/lib/kehu/data /var/lib/kehu/keys /var/lib/kehu/data-backups "-/mnt/nas/客户 备份"`,
	} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit lacks %s:\n%s", line, unit)
		}
	}
	low := example()
	low.privileged = true
	if !strings.Contains(low.unit(), "\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n") {
		t.Error("a port below 1024 without its right")
	}
	odd := example()
	odd.dir = "/srv/50% off/$HOME"
	for _, part := range []string{`--dir "/srv/50%% off/$$HOME"`, "\nWorkingDirectory=/srv/50%% off/$HOME\n",
		`ReadWritePaths="/srv/50%% off/$HOME" `} {
		if unit := odd.unit(); !strings.Contains(unit, part) {
			t.Errorf("not as systemd reads %s back:\n%s", part, unit)
		}
	}
}

func TestServicesAreChecked(t *testing.T) {
	for name, change := range map[string]func(*service){
		"another line in a path":      func(s *service) { s.dir = "/srv/x\nExecStartPre=/bin/sh" },
		"a quote in a path":           func(s *service) { s.keys = `/srv/"x` },
		"a path that is not whole":    func(s *service) { s.more = []string{"backups"} },
		"a name that is a path":       func(s *service) { s.name = "../kehu" },
		"a user of two words":         func(s *service) { s.user = "kehu root" },
		"another line in an argument": func(s *service) { s.serve = []string{"--http\nUser=root"} },
	} {
		s := example()
		change(&s)
		if s.check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := example().check(); err != nil {
		t.Error(err)
	}
}

func TestLowPortsAskForTheirRight(t *testing.T) {
	for arguments, want := range map[string]bool{"": false, "--self-signed": false, "kehu.example.com": true,
		"--self-signed --https 0.0.0.0:443": true, "--self-signed --http 0.0.0.0:80": true,
		"--http 127.0.0.1:8090 --trusted-proxy 127.0.0.1": false} {
		if got, err := wantsLowPort(strings.Fields(arguments)); err != nil || got != want {
			t.Errorf("%q: %v %v", arguments, got, err)
		}
	}
	for _, arguments := range []string{"--http 0.0.0.0:80", "--unknown", "not-a-domain", "--demo",
		"--trusted-proxy nobody", "--metrics 0.0.0.0:9091"} {
		if _, err := wantsLowPort(strings.Fields(arguments)); err == nil {
			t.Errorf("%q: the service would not start", arguments)
		}
	}
}

// The unit is one that systemd takes, and finds safe.
func TestSystemdTakesTheUnit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no systemd here")
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("KEHU_FULL") != "" {
			t.Fatal("systemd-analyze is missing")
		}
		t.Skip("systemd-analyze is missing")
	}
	for _, dir := range []string{example().dir, "/srv/50% 客户 data/$HOME"} {
		takesUnit(t, dir)
	}
}

func takesUnit(t *testing.T, dir string) {
	t.Helper()
	s := example()
	s.user = "daemon" // one that every system has
	s.dir, s.more = dir, nil
	var err error
	if s.program, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kehu.service")
	if err := os.WriteFile(path, []byte(s.unit()), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), path) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", path).CombinedOutput()
	if err != nil {
		t.Errorf("the exposure is above 2.5 of 10: %v\n%s", err, out)
	}
}
