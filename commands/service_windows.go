package commands

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// definition is what --print shows.
func (s service) definition() string { return s.windowsDefinition() }

// checked refuses what Windows would read otherwise.
func (s service) checked() error { return s.checkWindows() }

// stopWait is how long a service may take to stop: as long as systemd waits.
const stopWait = 90 * time.Second

// startWait is how long a new service is watched: what stops a start mostly does at once.
const startWait = 5 * time.Second

// installService registers the program, lets only its user and administrators open the folders, and
// starts it. A service that is there gets the new arguments.
func installService(_ context.Context, s service) error {
	if err := s.checkWindows(); err != nil {
		return err
	}
	m, err := mgr.Connect()
	if err != nil {
		return ErrServiceStep.With("step", "OpenSCManager", "why", err).Because(err)
	}
	defer m.Disconnect()
	for i, folder := range s.written() {
		access := accessOf(folder)
		if i > 2 {
			access = letWrite(folder)
		}
		if err := attempt(func() error { return os.MkdirAll(folder, 0o700) },
			func() error { return step(icacls(), access...) }); err != nil {
			return err
		}
	}
	made, err := s.register(m)
	if err != nil {
		return ErrServiceStep.With("step", "CreateService", "why", err).Because(err)
	}
	defer made.Close()
	again := mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: restartAfter}
	err = errors.Join(made.SetRecoveryActions(slices.Repeat([]mgr.RecoveryAction{again}, restarts), uint32(forgetsAfter.Seconds())),
		made.SetRecoveryActionsOnNonCrashFailures(true))
	if err == nil {
		err = made.Start()
	}
	if err == nil {
		err = stays(made)
	}
	if err != nil {
		return ErrServiceStep.With("step", "StartService", "why", err).Because(err)
	}
	return nil
}

// stays looks for a while whether a service that began goes on.
func stays(s *mgr.Service) error {
	for begun := time.Now(); time.Since(begun) < startWait; time.Sleep(200 * time.Millisecond) {
		status, err := s.Query()
		if err != nil {
			return err
		}
		if status.State == svc.Stopped {
			return errors.New("服务启动后又停止，原因见 kehu.log / it stopped again, kehu.log says why")
		}
	}
	return nil
}

// register tells Windows of the service; one that is there is stopped and changed.
func (s service) register(m *mgr.Mgr) (*mgr.Service, error) {
	config := mgr.Config{DisplayName: windowsShown, StartType: mgr.StartAutomatic, ServiceStartName: windowsUser,
		DelayedAutoStart: true, Description: windowsAbout}
	made, err := m.CreateService(s.name, s.program, config, s.arguments()...)
	if !errors.Is(err, windows.ERROR_SERVICE_EXISTS) {
		return made, err
	}
	if made, err = m.OpenService(s.name); err != nil {
		return nil, err
	}
	now, err := made.Config()
	if err == nil {
		now.BinaryPathName, now.ServiceStartName = s.windowsLine(), windowsUser
		now.StartType, now.DelayedAutoStart = mgr.StartAutomatic, true
		err = errors.Join(stopService(made), made.UpdateConfig(now))
	}
	if err != nil {
		return nil, errors.Join(err, made.Close())
	}
	return made, nil
}

func icacls() string { return filepath.Join(os.Getenv("SystemRoot"), "System32", "icacls.exe") }

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
	if err := stopService(s); err != nil {
		return ErrServiceStep.With("step", "ControlService", "why", err).Because(err)
	}
	if err := s.Delete(); err != nil {
		return ErrServiceStep.With("step", "DeleteService", "why", err).Because(err)
	}
	return nil
}

// stopService stops a service and waits for its end: requests and jobs are let finish.
func stopService(s *mgr.Service) error {
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return err
	}
	for begun := time.Now(); time.Since(begun) < stopWait; time.Sleep(200 * time.Millisecond) {
		if status, err := s.Query(); err != nil || status.State == svc.Stopped {
			return err
		}
	}
	return errors.New("it does not stop")
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
			if h.code == exitStays { // any other is a failure, and the service started again
				return false, 0
			}
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
