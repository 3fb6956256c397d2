package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// service is the program itself on a register's directory, as people run it: what is measured of it
// is its own, and nothing of who measures.
type service struct {
	command *exec.Cmd
	errors  bytes.Buffer
	took    time.Duration // until its first answer
	cpu     time.Duration // once it has ended
	peak    float64       // MiB, once it has ended
}

// apart starts the program on the directory of a register that this process has closed; requests
// go there from now on. More are arguments beside the usual ones.
func (r *register) apart(ctx context.Context, more ...string) (*service, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(r.keys(), "server.json")); err != nil {
		return nil, err
	}
	arguments := append([]string{"serve", "--dir", r.data(), "--keys", r.keys(), "--http", "127.0.0.1:0"}, more...)
	s := &service{command: exec.CommandContext(ctx, program, arguments...)}
	s.command.Stderr = &s.errors
	begin := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if r.url, r.secret, err = firstAnswer(ctx, filepath.Join(r.keys(), "server.json"), begin); err != nil {
		s.kill()
		return nil, fmt.Errorf("%w: %s", err, s.errors.String())
	}
	s.took = time.Since(begin)
	return s, nil
}

// firstStart has the program do what is due by the clock while the register is empty: a backup that is
// made up in the middle of a measurement would be measured with it. There are no drills for that reason.
func (r *register) firstStart(ctx context.Context) error {
	_, err := r.save("policies", map[string]any{"key": "backups", "value": map[string]any{"drill": "off"}})
	if err := errors.Join(err, r.close()); err != nil {
		return err
	}
	s, err := r.apart(ctx)
	if err != nil {
		return err
	}
	var made struct{ Items []struct{ Name string } }
	for begin := time.Now(); len(made.Items) == 0 && time.Since(begin) < time.Minute; time.Sleep(scanLook) {
		if _, err := r.call("", "GET", "/api/kehu/backups", nil, &made); err != nil {
			s.kill()
			return err
		}
	}
	time.Sleep(idleWait)
	if err := s.stop(); err != nil {
		return err
	}
	return r.reopen()
}

// kill ends it as a power cut does.
func (s *service) kill() {
	s.peak = peakMiB(s.pid())
	_ = s.command.Process.Kill()
	s.wait()
}

// stop ends it as the system does at its shutdown.
func (s *service) stop() error {
	s.peak = peakMiB(s.pid())
	if err := s.command.Process.Signal(os.Interrupt); err != nil { // Windows knows none
		_ = s.command.Process.Kill()
	}
	if err := s.wait(); err != nil {
		return fmt.Errorf("%w: %s", err, s.errors.String())
	}
	return nil
}

func (s *service) wait() error {
	err := s.command.Wait()
	s.cpu = s.command.ProcessState.UserTime() + s.command.ProcessState.SystemTime()
	return err
}

func (s *service) pid() int { return s.command.Process.Pid }

// firstAnswer waits for the service to say where it is, and for its answer.
func firstAnswer(ctx context.Context, hello string, begin time.Time) (url, secret string, err error) {
	for time.Since(begin) < time.Minute && ctx.Err() == nil {
		var server struct{ URL, Secret string }
		text, err := os.ReadFile(hello)
		if err == nil && json.Unmarshal(text, &server) == nil && server.URL != "" {
			response, err := http.Get(server.URL + "/api/kehu/health")
			if err == nil {
				response.Body.Close()
				return server.URL, server.Secret, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return "", "", errors.New("the service does not answer")
}
