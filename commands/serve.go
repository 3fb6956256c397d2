package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
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

// ErrProxy: what --proxy names is no address.
var ErrProxy = fault.Define("proxy_address", "--proxy {address} 不是 IP 地址或网段，例如 127.0.0.1 或 10.0.0.0/24",
	"--proxy {address} is no IP address or network such as 127.0.0.1 or 10.0.0.0/24")

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
	var proxies []string
	command.Flags().StringArrayVar(&proxies, "proxy", nil,
		"前置网页服务器的地址或网段，采信其 X-Forwarded-For / address of a web server in front")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if at.proxies, err = prefixes(proxies); err != nil {
			return err
		}
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
		if err := s.greet(cmd, withDemo); err != nil {
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

// prefixes reads addresses and networks.
func prefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if address, alone := netip.ParseAddr(text); alone == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, ErrProxy.With("address", text)
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

func isFresh(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "data.db"))
	return os.IsNotExist(err)
}

// greet says where the register is and what to do next.
func (s *server) greet(cmd *cobra.Command, withDemo bool) error {
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
	waiting, err := s.keepSetupCode()
	if err != nil || !waiting {
		return err
	}
	fmt.Fprintf(out, "下一步：在浏览器打开这个一次性链接，设置公司和第一位管理员 / Next: open this one-time link\n  %s/#/setup/%s\n  设置码也在 / the code is also in %s\n",
		s.URL, s.setup, filepath.Join(s.place.keys, setupName))
	return nil
}
