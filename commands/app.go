package commands

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/pocketbase/pocketbase/core"
	"github.com/rogpeppe/go-internal/robustio"

	adminui "kehu/admin_ui"
	"kehu/backups"
	"kehu/collections"
	"kehu/hooks"
	"kehu/internal/cipherdb"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// Names of the files beside the data.
const (
	lockName   = ".kehu.lock"
	serverName = "server.json"
	setupName  = "setup-code"
)

// Faults of starting.
var (
	ErrHeld = fault.Define("directory_held",
		"数据目录 {dir} 已被另一个 kehu 进程使用；请先停止它，或换一个目录",
		"Another kehu process holds the data directory {dir}: stop it first, or use another one")
	ErrListen = fault.Define("listen_failed",
		"无法监听 {address}：端口被占用或没有权限，请用 --http 或 --https 换一个",
		"Cannot listen on {address}: the port is taken or not permitted, choose another with --http or --https")
	ErrDir = fault.Define("directory_unusable", "数据目录 {dir} 不能使用：{why}",
		"The data directory {dir} cannot be used: {why}")
)

// server is a running register of this process.
type server struct {
	place  *place
	app    core.App
	house  *hooks.House
	lock   *flock.Flock
	secret string
	setup  string // the code of the first set-up
	URL    string // as people type it
	inner  string // for commands of this machine
	keeper *backups.Keeper
	log    *logFile     // nil where this is no server that stays
	print  string       // fingerprint of a certificate of this machine's own
	first  func() error // once the tables are there, before commands find the server
	ready  chan bool
	ended  chan error
	again  chan bool // a restore waits for a new start

	upgraded *upgraded // nil: the tables were up to date
}

// hello is what the keys folder says of the server that holds the data.
type hello struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
	PID    int    `json:"pid"`
}

// lockDir takes the data directory for this process; held is true when another one has it.
func (p *place) lockDir() (lock *flock.Flock, held bool, err error) {
	if err := vault.PrivateFolder(p.dir); err != nil {
		return nil, false, ErrDir.With("dir", p.dir, "why", err)
	}
	lock = flock.New(filepath.Join(p.dir, lockName))
	taken, err := lock.TryLock()
	if err != nil {
		return nil, false, ErrDir.With("dir", p.dir, "why", err)
	}
	return lock, !taken, nil
}

// open opens the register: keys, database, hooks. The lock is held. A restore that was broken off
// between the old data and the new is finished first.
func (p *place) open(lock *flock.Flock, web fs.FS, as mode) (*server, error) {
	if err := backups.Finish(p.dir, p.keys); err != nil {
		return nil, err
	}
	root, err := collections.OpenKeys(p.dir, p.keys, rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := cipherdb.SweepScratch(p.dir); err != nil {
		return nil, err
	}
	schema, err := p.schemaOf(root)
	if err != nil {
		return nil, err
	}
	if schema.Fresh() || len(schema.Pending) == 0 {
		return p.assemble(root, lock, web, as)
	}
	s, err := p.assembleBefore(root, lock, web, as)
	if err != nil {
		return s, err
	}
	return s, s.upgrade(context.Background(), schema)
}

// mode is what a process does with a register beside answering.
type mode int

const (
	serving mode = iota // everything
	passing             // for one command: no jobs, which would be broken off at its end
	still               // nothing by itself: a copy on trial
)

// assemble puts the product on a data directory.
func (p *place) assemble(root *vault.Root, lock *flock.Flock, web fs.FS, as mode) (*server, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	s := &server{place: p, lock: lock, secret: hex.EncodeToString(secret),
		ready: make(chan bool, 1), ended: make(chan error, 1), again: make(chan bool, 1)}
	s.app = core.NewBaseApp(core.BaseAppConfig{
		DataDir: p.dir, DBConnect: collections.Connect(root, s.unread),
		DataMaxOpenConns: collections.MaxReaders, DataMaxIdleConns: collections.MaxIdleReaders,
		AuxMaxOpenConns: collections.MaxIdleReaders, AuxMaxIdleConns: 1,
	})
	options := hooks.Options{Root: func() *vault.Root { return root }, Web: web,
		Admin: adminui.Files, Command: s.secret,
		Keys: p.keys, Alone: true, Still: as == still, NoJobs: as != serving,
		SQLConsole: p.console, Proxies: p.proxies, Restart: s.startAgain}
	if as != still {
		p.keepBackups(s, root, web, &options)
	}
	if as == serving && p.logs.format != "" {
		if err := s.keepLog(&options); err != nil {
			return nil, err
		}
	}
	if as == serving {
		var err error
		if s.setup, err = setupCode(p.keys, rand.Reader); err != nil {
			return nil, err
		}
		options.SetupCode = s.setup
		options.SetUp = func() { os.Remove(filepath.Join(p.keys, setupName)) }
	}
	s.house = hooks.Bind(s.app, options)
	return s, s.app.Bootstrap()
}

// unread notes why a list could not be read to its end; whoever asked for it hears only that it could not.
func (s *server) unread(err error) {
	s.app.Logger().Error("a list broke off", "error", err.Error())
}

// assembleBefore assembles with the tables as they are: PocketBase would make its own changes at
// once, before the backup, and the older program refuses tables that are newer than itself.
func (p *place) assembleBefore(root *vault.Root, lock *flock.Flock, web fs.FS, as mode) (*server, error) {
	kept := core.SystemMigrations
	core.SystemMigrations = core.MigrationsList{}
	defer func() { core.SystemMigrations = kept }()
	return p.assemble(root, lock, web, as)
}

// announce lets commands of this machine's user find the server.
func (s *server) announce() error {
	text, err := json.Marshal(hello{s.inner, s.secret, os.Getpid()})
	if err != nil {
		return err
	}
	path := filepath.Join(s.place.keys, serverName)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return robustio.Rename(path+".new", path)
}

// newLog is the log as it was asked for.
func (p *place) newLog() *logFile {
	return &logFile{dir: cmp.Or(p.logs.dir, filepath.Join(p.dir, "logs")), most: int64(p.logs.size) << 20,
		keep: time.Duration(p.logs.days) * 24 * time.Hour, json: p.logs.format == "json", clock: time.Now}
}

// keepLog opens the log.
func (s *server) keepLog(options *hooks.Options) error {
	logs := s.place.logs
	if logs.format != "text" && logs.format != "json" {
		return ErrLogFormat.With("format", logs.format)
	}
	if logs.size < 1 || logs.days < 1 {
		return ErrLogSize
	}
	s.log = s.place.newLog()
	options.Log = s.log.write
	return s.log.open()
}

// stop ends the server and closes the databases.
func (s *server) stop() error {
	os.Remove(filepath.Join(s.place.keys, serverName))
	event := &core.TerminateEvent{App: s.app}
	err := s.app.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error {
		return e.App.ResetBootstrapState()
	})
	if s.log != nil {
		err = errors.Join(err, s.log.close())
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Unlock())
	}
	return err
}

// abandon closes what open opened when the start failed.
func (s *server) abandon() {
	if s != nil && s.app != nil {
		_ = s.app.ResetBootstrapState()
	}
}

// connect finds the server that holds the data, or starts one for this command.
func (p *place) connect(ctx context.Context, web fs.FS) (*client, func() error, error) {
	lock, held, err := p.lockDir()
	if err != nil {
		return nil, nil, err
	}
	if held {
		c, err := p.find(ctx)
		return c, func() error { return nil }, err
	}
	s, err := p.open(lock, web, passing)
	if err != nil {
		s.abandon()
		lock.Unlock()
		return nil, nil, err
	}
	if err := s.serve(loopbackDoors); err != nil {
		s.abandon()
		lock.Unlock()
		return nil, nil, err
	}
	return &client{base: s.inner, secret: s.secret}, s.stop, nil
}

// find reads where the server is; one that is just starting is waited for.
func (p *place) find(ctx context.Context) (*client, error) {
	deadline := time.Now().Add(10 * time.Second)
	for {
		text, err := os.ReadFile(filepath.Join(p.keys, serverName))
		var h hello
		if err == nil && json.Unmarshal(text, &h) == nil && h.URL != "" {
			c := &client{base: h.URL, secret: h.Secret}
			if c.alive(ctx) {
				return c, nil
			}
		}
		if time.Now().After(deadline) {
			return nil, ErrHeld.With("dir", p.dir).Because(fmt.Errorf("no answer"))
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
