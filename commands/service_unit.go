package commands

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"kehu/internal/fault"
)

// Faults of installing a service.
var (
	ErrServiceHere = fault.Define("service_unsupported", "此系统没有 systemd 或 Windows 服务；可用 --print 查看服务定义",
		"This system has neither systemd nor Windows services; --print shows the unit")
	ErrServiceName = fault.Define("service_name", "服务名“{name}”只能由小写字母、数字和短横组成",
		"A service name like “{name}” has small letters, digits and dashes only")
	ErrServicePath = fault.Define("service_path", "路径 {path} 含有服务定义里不能写的字符，请换一个",
		"The path {path} holds characters that a service definition cannot: choose another")
	ErrServiceDemo = fault.Define("service_demo", "服务不能带 --demo：演示数据只放得进新的数据目录一次",
		"A service takes no --demo: demonstration data go into a new data directory, once")
	ErrServiceStep = fault.Define("service_step", "{step} 没有成功：{why}", "{step} did not succeed: {why}")
)

// service is what the system is told about a register that runs with the machine.
type service struct {
	name, user string
	program    string
	dir, keys  string
	more       []string // other folders that are written to, such as a mounted one for backups
	serve      []string // arguments of serve beside the folders
	privileged bool     // listens on a port below 1024
}

// arguments are those of the program.
func (s service) arguments() []string {
	return append([]string{"serve", "--dir", s.dir, "--keys", s.keys}, s.serve...)
}

// written are the folders that the register writes to: its own, and no other of the machine.
func (s service) written() []string {
	return append([]string{s.dir, s.keys, s.dir + "-backups"}, s.more...)
}

// check refuses what would mean something else in a unit.
func (s service) check() error {
	if err := checkServiceName(s.name); err != nil {
		return err
	}
	if s.user == "" || strings.Trim(s.user, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return ErrServiceName.With("name", s.user)
	}
	for _, path := range append(s.written(), s.program) {
		if !filepath.IsAbs(path) || strings.ContainsAny(path, "\n\r\"\\") {
			return ErrServicePath.With("path", path)
		}
	}
	for _, argument := range s.serve {
		if strings.ContainsAny(argument, "\n\r\"\\") {
			return ErrServicePath.With("path", argument)
		}
	}
	return nil
}

// stopTime is how long systemd waits before it kills: requests at work, then the part of an import
// that is being written, then the audit log.
const stopTime = "90s"

// unit is the definition for systemd: an own user, who writes to the register's folders and nowhere
// else, cannot gain rights, and sees neither devices nor other processes' temporary files.
func (s service) unit() string {
	bounding, ambient := "", ""
	if s.privileged {
		bounding, ambient = "CAP_NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"
	}
	var paths []string
	for i, path := range s.written() {
		if i > 2 {
			path = "-" + path // a folder that is not mounted fails the backup, not the start
		}
		paths = append(paths, blanks(percent.Replace(path)))
	}
	return fmt.Sprintf(`[Unit]
Description=Kehu customer register (%s)
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=main
User=%s
ExecStart=%s
WorkingDirectory=%s
Restart=on-failure
RestartSec=5s
RestartPreventExitStatus=%d
TimeoutStartSec=infinity
TimeoutStopSec=%s
KillSignal=SIGTERM
LimitNOFILE=65536
UMask=0077
ReadWritePaths=%s
NoNewPrivileges=true
CapabilityBoundingSet=%s
AmbientCapabilities=%s
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectControlGroups=true
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
MemoryDenyWriteExecute=true
RemoveIPC=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`, s.name, s.user, s.commandLine(), percent.Replace(s.dir), exitStays, stopTime, strings.Join(paths, " "), bounding, ambient)
}

// commandLine is the program with its arguments, each as systemd reads it back.
func (s service) commandLine() string {
	words := []string{quoted(s.program)}
	for _, argument := range s.arguments() {
		words = append(words, quoted(argument))
	}
	return strings.Join(words, " ")
}

// percent: a percent sign begins a specifier everywhere in a unit.
var percent = strings.NewReplacer("%", "%%")

// quoted is a word of a command line; a dollar begins a variable there and nowhere else.
func quoted(word string) string {
	return blanks(strings.ReplaceAll(percent.Replace(word), "$", "$$"))
}

// blanks puts a word that holds some into quotation marks. WorkingDirectory= takes none: it is one path.
func blanks(word string) string {
	if strings.ContainsAny(word, " \t'") {
		return `"` + word + `"`
	}
	return word
}

// below1024 tells whether one of the addresses needs a right that only root has.
func below1024(addresses ...string) bool {
	for _, address := range addresses {
		_, port, err := net.SplitHostPort(address)
		if number, known := net.LookupPort("tcp", port); err == nil && known == nil && number > 0 && number < 1024 {
			return true
		}
	}
	return false
}

func checkServiceName(name string) error {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ErrServiceName.With("name", name)
	}
	return nil
}
