package commands

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// definition is what --print shows.
func (s service) definition() string {
	words := []string{windows.EscapeArg(s.program)}
	for _, argument := range s.arguments() {
		words = append(words, windows.EscapeArg(argument))
	}
	return "sc create " + s.name + " binPath= " + strings.Join(words, " ") + " start= auto obj= \"" + windowsUser + "\"\r\n"
}

// windowsUser may do less than LocalSystem: no rights on the machine, none in the network.
const windowsUser = `NT AUTHORITY\LocalService`

// restartAfter is how long Windows waits before it starts a service again that ended by itself.
const restartAfter = 5 * time.Second

// installService registers the program, lets only its user and administrators open the folders, and
// starts it.
func installService(_ context.Context, s service) error {
	m, err := mgr.Connect()
	if err != nil {
		return ErrServiceStep.With("step", "OpenSCManager", "why", err).Because(err)
	}
	defer m.Disconnect()
	for _, folder := range []string{s.dir, s.keys, s.dir + "-backups"} {
		if err := attempt(func() error { return os.MkdirAll(folder, 0o700) },
			func() error { return restrictFolder(folder) }); err != nil {
			return err
		}
	}
	made, err := m.CreateService(s.name, s.program, mgr.Config{DisplayName: "Kehu 客户登记", StartType: mgr.StartAutomatic,
		ServiceStartName: windowsUser, DelayedAutoStart: true,
		Description: "客户登记 / customer register"}, s.arguments()...)
	if err != nil {
		return ErrServiceStep.With("step", "CreateService", "why", err).Because(err)
	}
	defer made.Close()
	again := mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: restartAfter}
	err = errors.Join(made.SetRecoveryActions([]mgr.RecoveryAction{again, again, again}, 24*60*60),
		made.SetRecoveryActionsOnNonCrashFailures(true), made.Start())
	if err != nil {
		return ErrServiceStep.With("step", "StartService", "why", err).Because(err)
	}
	return nil
}

// restrictFolder takes away what a folder inherits: its service, administrators and the system open
// it, nobody else.
func restrictFolder(folder string) error {
	return step(filepath.Join(os.Getenv("SystemRoot"), "System32", "icacls.exe"), folder, "/inheritance:r",
		"/grant:r", "*S-1-5-19:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "/T", "/Q")
}

func removeService(_ context.Context, name string) error {
	m, err := mgr.Connect()
	if err != nil {
		return ErrServiceStep.With("step", "OpenSCManager", "why", err).Because(err)
	}
	defer m.Disconnect()
	s, err := m.OpenService(name)
	if err != nil {
		return ErrServiceStep.With("step", "OpenService "+name, "why", err).Because(err)
	}
	defer s.Close()
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return ErrServiceStep.With("step", "ControlService", "why", err).Because(err)
	}
	if err := s.Delete(); err != nil {
		return ErrServiceStep.With("step", "DeleteService", "why", err).Because(err)
	}
	return nil
}

// tellManager: Windows is told by the handler below.
func tellManager(string) error { return nil }

// underManager runs the program; where Windows started it as a service, it is told of the start and
// stops it by a message.
func underManager(run func(context.Context) int) int {
	if inService, err := svc.IsWindowsService(); err != nil || !inService {
		return run(context.Background())
	}
	h := &handler{run: run}
	if err := svc.Run("", h); err != nil { // the name is not looked at in a process of one service
		return 1
	}
	return h.code
}

// handler is the service as Windows sees it.
type handler struct {
	run  func(context.Context) int
	code int
}

// Execute runs until the program ends by itself or is told to stop. A stop waits for requests, jobs
// and the audit log; Windows is told that it goes on.
func (h *handler) Execute(_ []string, asked <-chan svc.ChangeRequest, tell chan<- svc.Status) (bool, uint32) {
	const accepted = svc.AcceptStop | svc.AcceptShutdown
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan int, 1)
	go func() { ended <- h.run(ctx) }()
	tell <- svc.Status{State: svc.Running, Accepts: accepted}
	progress := time.NewTicker(time.Second)
	defer progress.Stop()
	stopping, mark := false, uint32(0)
	for {
		select {
		case h.code = <-ended:
			tell <- svc.Status{State: svc.StopPending}
			return false, uint32(h.code)
		case request := <-asked:
			switch request.Cmd {
			case svc.Interrogate:
				tell <- request.CurrentStatus
			case svc.Stop, svc.Shutdown:
				stopping = true
				stop()
			}
		case <-progress.C:
			if stopping {
				mark++
				tell <- svc.Status{State: svc.StopPending, CheckPoint: mark, WaitHint: 5000}
			}
		}
	}
}
