package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kehu/backups"
	"kehu/internal/fault"
)

// ErrDemo: the demonstration fills new data directories only.
var ErrDemo = fault.Define("demo_not_empty", "演示数据只能放进新的数据目录，{dir} 已有数据；请用 --dir 指定新目录",
	"Demonstration data go into a new data directory only and {dir} holds data: give a new one with --dir")

const defaultAddress = "127.0.0.1:8090"

func serveCommand(at *place, web fs.FS) *cobra.Command {
	var address string
	var withDemo bool
	command := &cobra.Command{
		Use:     "serve",
		Short:   "启动服务 / run the register",
		Example: "  kehu serve\n  kehu serve --http 127.0.0.1:8090 --dir /srv/kehu\n  kehu serve --demo",
		Args:    cobra.NoArgs,
	}
	command.Flags().StringVar(&address, "http", defaultAddress, "监听地址 / address to listen on")
	command.Flags().BoolVar(&withDemo, "demo", false, "用演示公司填充新的数据目录 / fill a new data directory")
	command.Flags().BoolVar(&at.console, "sql-console", false,
		"打开只读的 SQL 控制台（每条语句记入审计日志） / open the read-only SQL console")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		fresh := isFresh(at.dir)
		if withDemo && !fresh {
			return ErrDemo.With("dir", at.dir)
		}
		lock, held, err := at.lockDir()
		if err != nil {
			return err
		}
		if held {
			return ErrHeld.With("dir", at.dir)
		}
		s, err := at.open(lock, web, serving)
		if err != nil {
			s.abandon()
			return err
		}
		if err := s.serve(address); err != nil {
			s.abandon()
			return err
		}
		if err := s.greet(cmd, fresh, withDemo); err != nil {
			return errors.Join(err, s.stop())
		}
		select {
		case <-cmd.Context().Done():
			return s.stop()
		case err := <-s.ended:
			return err
		}
	}
	return command
}

func isFresh(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "data.db"))
	return os.IsNotExist(err)
}

// greet says where the register is and what to do next.
func (s *server) greet(cmd *cobra.Command, fresh, withDemo bool) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "客户登记已启动 / Kehu is running\n  网页 Web     %s/\n  管理 Admin   %s/_/\n  数据 Data    %s\n  密钥 Keys    %s\n",
		s.URL, s.URL, s.place.dir, s.place.keys)
	if host, _, _ := net.SplitHostPort(s.URL[len("http://"):]); host != "127.0.0.1" && host != "::1" {
		fmt.Fprintln(out, "  注意：未加密的 HTTP，请只在可信网络中使用 / plain HTTP, trusted networks only")
	}
	if _, err := backups.RecoveryText(s.place.keys); err == nil {
		fmt.Fprintln(out, "  提醒："+backups.AlarmText(backups.AlarmRecovery))
	}
	if withDemo {
		return s.fillDemo(out, time.Now())
	}
	if fresh {
		fmt.Fprintf(out, "下一步 / Next:\n  kehu superuser create 邮箱 密码 --dir %s\n  然后登录管理页，建立部门和员工 / then sign in to the admin page and add departments and staff\n",
			s.place.dir)
	}
	return nil
}
