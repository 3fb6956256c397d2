// Package commands is the command line: what kehu does besides serving. Every command that needs
// the register is handed to the server that holds the data directory, or, where none runs, to one
// that this process starts on a loopback port for as long as the command takes.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/robustio"
	"github.com/spf13/cobra"

	"kehu/internal/fault"
)

// Main runs the command line and answers the exit code; where the machine's manager of services
// started the program, under that.
func Main(args []string, web fs.FS, version string) int {
	cobra.MousetrapHelpText, cobra.MousetrapDisplayDuration = clicked, 0
	return underManager(func(ctx context.Context) int { return execute(ctx, args, web, version) })
}

func execute(ctx context.Context, args []string, web fs.FS, version string) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := Root(web, version)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	fmt.Fprintln(root.ErrOrStderr(), "kehu:", sentence(err))
	if found, ok := fault.Of(err); ok && slices.Contains(untilMended, found.Code) {
		return exitStays
	}
	return 1
}

// exitStays ends a start that no other start would mend: EX_CONFIG of sysexits(3). The managers of
// services leave it at that; each try of an upgrade makes a backup.
const exitStays = 78

// untilMended are the faults of such a start.
var untilMended = []string{ErrSchemaNewer.Code, ErrUpgradeBackup.Code, ErrUpgrade.Code}

// exitCode ends a command that has said already what there is to say.
type exitCode int

// Error is never printed.
func (c exitCode) Error() string { return fmt.Sprintf("exit %d", int(c)) }

// sentence is an error as one line; the language is that of the terminal.
func sentence(err error) string {
	if found, ok := fault.Of(err); ok {
		return found.In(terminalLanguage())
	}
	return err.Error()
}

func terminalLanguage() string {
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(key); value != "" {
			if strings.HasPrefix(value, "en") {
				return "en"
			}
			return "zh"
		}
	}
	return "zh"
}

// place is where a register lives.
type place struct {
	dir, keys, version string
	console            bool           // --sql-console
	proxies            []netip.Prefix // web servers in front
	logs               logging
}

// logging is how the log is written; only a server that stays has one.
type logging struct {
	dir, format string
	size, days  int // megabytes of a file, days that files are kept
}

// clicked is what somebody reads who opens the program in the Explorer of Windows, until a key is pressed.
const clicked = `这是命令行程序。请在它所在的文件夹打开 PowerShell，输入下面的命令（安装为服务见 docs/operating.zh-CN.md）：
This program is run from a command line. Open PowerShell in its folder and type (as a service: docs/operating.md):

  .\kehu.exe serve --demo
  .\kehu.exe serve

`

// Root builds the tree of commands.
func Root(web fs.FS, version string) *cobra.Command {
	at := &place{version: version}
	root := &cobra.Command{
		Use:               "kehu",
		Short:             "客户登记：企业客户信息的登记、导入、查重与加密保存 / a customer register",
		Example:           "  kehu serve\n  kehu serve --demo\n  kehu import 客户.xlsx --errors 错误.xlsx",
		Version:           version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return at.complete() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&at.dir, "dir", "", "数据目录，默认为程序旁的 kehu_data / data directory")
	flags.StringVar(&at.keys, "keys", "",
		"密钥目录，默认为数据目录旁的 <数据目录>-keys（或环境变量 KEHU_KEYS） / keys folder")
	root.AddCommand(serveCommand(at, web), importCommand(at, web), exportCommand(at, web),
		templateCommand(at, web), superuserCommand(at, web), staffCommand(at, web), backupCommand(at, web),
		keysCommand(at, web), auditCommand(at), dedupCommand(at, web), serviceCommand(at), versionCommand(at),
		benchCommand())
	return root
}

func (p *place) complete() error {
	if p.dir == "" {
		p.dir = defaultDir()
	}
	dir, err := filepath.Abs(p.dir)
	if err != nil {
		return err
	}
	p.dir = dir
	if p.keys == "" {
		p.keys = os.Getenv("KEHU_KEYS")
	}
	if p.keys == "" {
		p.keys = p.dir + "-keys"
	}
	p.keys, err = filepath.Abs(p.keys)
	return err
}

// defaultDir is beside the program; beside the working folder where the program is a temporary one
// of `go run`.
func defaultDir() string {
	const name = "kehu_data"
	program, err := os.Executable()
	if err != nil || strings.HasPrefix(program, os.TempDir()) || strings.Contains(program, "go-build") {
		return name
	}
	return filepath.Join(filepath.Dir(program), name)
}

// copyTo writes a stream to a new file and leaves none behind when it fails.
func copyTo(path string, from io.Reader) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".kehu-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err := io.Copy(temporary, from); err != nil {
		temporary.Close()
		return err
	}
	if err := errors.Join(temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return robustio.Rename(temporary.Name(), path)
}
