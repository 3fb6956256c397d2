package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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

// ErrProxy: what --trusted-proxy names is no address.
var ErrProxy = fault.Define("proxy_address", "--trusted-proxy {address} 不是 IP 地址或网段，例如 127.0.0.1 或 10.0.0.0/24",
	"--trusted-proxy {address} is no IP address or network such as 127.0.0.1 or 10.0.0.0/24")

func serveCommand(at *place, web fs.FS) *cobra.Command {
	var d doors
	var withDemo bool
	var proxies []string
	command := &cobra.Command{
		Use:   "serve [DOMAIN…]",
		Short: "启动服务 / run the register",
		Long: "启动服务。只写 serve 时仅本机可访问（HTTP）。给出域名时自动申请公网证书，这会连接外网。\n" +
			"Runs the register, for this machine only unless HTTPS is chosen. With a domain its certificate is\n" +
			"asked for by itself: this calls out of the building.",
		Example: "  kehu serve\n  kehu serve --demo\n  kehu serve --self-signed --https 0.0.0.0:8443\n" +
			"  kehu serve --cert kehu.crt --key kehu.key --https 0.0.0.0:443 --http 0.0.0.0:80\n" +
			"  kehu serve kehu.example.com\n  kehu serve --trusted-proxy 127.0.0.1",
	}
	flags := command.Flags()
	flags.StringVar(&d.http, "http", "", "HTTP 监听地址，默认 "+defaultAddress+
		"；有 HTTPS 时只转到 HTTPS / address for HTTP; beside HTTPS it only leads there")
	flags.StringVar(&d.https, "https", "", "HTTPS 监听地址，域名默认 "+domainHTTPS+"，否则 "+ownHTTPS+
		" / address for HTTPS")
	flags.StringVar(&d.cert, "cert", "", "证书文件（PEM），更换后自动重新读取 / certificate, read again when it changes")
	flags.StringVar(&d.key, "key", "", "证书的私钥文件（PEM） / its private key")
	flags.BoolVar(&d.selfSigned, "self-signed", false,
		"局域网自签证书，保存在密钥目录，启动时显示指纹 / a certificate of this machine's own, for a local network")
	flags.BoolVar(&d.anyway, "http-anyway", false,
		"确实要向网络开放未加密的 HTTP / open plain HTTP to the network all the same")
	flags.IntVar(&d.memory, "memory", defaultMemory,
		"内存软上限（MB），0 为不限 / soft limit of memory, 0 for none")
	flags.StringVar(&d.metrics, "metrics", "",
		"给 Prometheus 的本机地址，例如 127.0.0.1:9091 / loopback address for Prometheus")
	flags.StringVar(&at.logs.dir, "log-dir", "", "日志目录，默认为数据目录下的 logs / folder of the log")
	flags.StringVar(&at.logs.format, "log-format", "text", "日志格式 text 或 json / format of the log")
	flags.IntVar(&at.logs.size, "log-size", 20, "单个日志文件的上限（MB） / size of one file")
	flags.IntVar(&at.logs.days, "log-days", 30, "日志保留天数 / days that files are kept")
	flags.BoolVar(&withDemo, "demo", false, "用演示公司填充新的数据目录 / fill a new data directory")
	flags.BoolVar(&at.console, "sql-console", false,
		"打开只读的 SQL 控制台（每条语句记入审计日志） / open the read-only SQL console")
	flags.StringArrayVar(&proxies, "trusted-proxy", nil,
		"前置网页服务器的地址或网段，只采信它们的 X-Forwarded-For / address of a web server in front")
	command.RunE = func(cmd *cobra.Command, domains []string) (err error) {
		d.domains = domains
		if d, err = d.complete(); err != nil {
			return err
		}
		if at.proxies, err = prefixes(proxies); err != nil {
			return err
		}
		return at.run(cmd, web, d, withDemo)
	}
	return command
}

// defaultMemory is the soft limit: the collector works harder as the heap comes near. Beside it a busy server
// holds some 90 MB of SQLite's own and 40 MB of the program, and all of it stays below 512 MB.
const defaultMemory = 320

// run serves until it is told to stop.
func (p *place) run(cmd *cobra.Command, web fs.FS, d doors, withDemo bool) error {
	if withDemo && !isFresh(p.dir) {
		return ErrDemo.With("dir", p.dir)
	}
	lock, held, err := p.lockDir()
	if err != nil {
		return err
	}
	if held {
		return ErrHeld.With("dir", p.dir)
	}
	s, err := p.open(lock, web, serving)
	if err != nil {
		s.abandon()
		return p.failed(err)
	}
	waiting := false
	if !withDemo { // which sets itself up
		s.first = func() (err error) {
			waiting, err = s.keepSetupCode()
			return err
		}
	}
	if err := s.serve(d); err != nil {
		s.abandon()
		return p.failed(err)
	}
	if err := s.greet(cmd, d, withDemo, waiting); err != nil {
		return errors.Join(err, s.stop())
	}
	if err := tellManager("READY=1"); err != nil {
		s.app.Logger().Warn("systemd was not told of the start", "error", err.Error())
	}
	select {
	case <-cmd.Context().Done():
		_ = tellManager("STOPPING=1") // whoever asked for it knows
		return s.stop()
	case <-s.again:
		return s.anew(cmd.Context())
	case err := <-s.ended:
		return err
	}
}

// failed writes into the log why a start failed: a service on Windows has nowhere else to say it.
func (p *place) failed(why error) error {
	l := p.newLog()
	if err := l.open(); err != nil {
		return why
	}
	l.write(int(slog.LevelError), time.Now(), "start failed", map[string]any{"error": sentence(why)})
	_ = l.close()
	return why
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

// greet says where the register is and what to do next; waiting: nobody has set it up.
func (s *server) greet(cmd *cobra.Command, d doors, withDemo, waiting bool) error {
	out := cmd.OutOrStdout()
	if s.upgraded != nil {
		s.upgraded.tell(out)
	}
	fmt.Fprintf(out, "客户登记已启动 / Kehu is running\n  网页 Web     %s/\n  管理 Admin   %s/_/\n  数据 Data    %s\n  密钥 Keys    %s\n",
		s.URL, s.URL, s.place.dir, s.place.keys)
	switch {
	case len(d.domains) > 0:
		fmt.Fprintln(out, "  证书由公共机构签发并自动续期，这会连接外网 / "+
			"the certificate comes from a public authority: this calls out of the building")
	case d.selfSigned:
		fmt.Fprintf(out, "  证书指纹，浏览器第一次访问时核对 / fingerprint to compare in the browser (SHA-256)\n    %s\n",
			s.print)
	case !d.secure() && !onLoopback(d.http):
		fmt.Fprintln(out, "  注意：未加密的 HTTP，请只在可信网络中使用 / plain HTTP, trusted networks only")
	}
	if _, err := backups.RecoveryText(s.place.keys); err == nil {
		fmt.Fprintln(out, "  提醒："+backups.AlarmText(backups.AlarmRecovery))
	}
	if withDemo {
		return s.fillDemo(out, time.Now())
	}
	if !waiting {
		return nil
	}
	fmt.Fprintf(out, "下一步：在浏览器打开这个一次性链接，设置公司和第一位管理员 / Next: open this one-time link\n  %s/#/setup/%s\n  设置码也在 / the code is also in %s\n",
		s.URL, s.setup, filepath.Join(s.place.keys, setupName))
	return nil
}
