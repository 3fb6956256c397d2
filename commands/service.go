package commands

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

const serviceName = "kehu"

// unitDir is where an administrator's units lie.
const unitDir = "/etc/systemd/system"

// serviceCommand lets the register start with the machine.
func serviceCommand(at *place) *cobra.Command {
	parent := &cobra.Command{Use: "service", Short: "随系统启动 / start with the machine",
		Example: "  kehu service install --print\n  sudo kehu service install --dir /var/lib/kehu/data -- --self-signed\n" +
			"  sudo kehu service remove"}
	parent.AddCommand(serviceInstall(at), serviceRemove())
	return parent
}

func serviceInstall(at *place) *cobra.Command {
	s := service{}
	var show bool
	command := &cobra.Command{
		Use:   "install [-- ARGUMENTS OF SERVE]",
		Short: "安装服务并启动 / install the service and start it",
		Long: "Linux：写入 systemd 单元并启动，用专用账号运行，只能写自己的目录。Windows：登记为系统服务。\n" +
			"-- 之后的参数交给 kehu serve。\n" +
			"On Linux writes a hardened systemd unit with a user of its own, on Windows registers a service.\n" +
			"What follows -- is given to kehu serve.",
		Example: "  kehu service install --print\n" +
			"  sudo kehu service install --dir /var/lib/kehu/data --keys /var/lib/kehu/keys -- --self-signed\n" +
			"  sudo kehu service install -- kehu.example.com",
	}
	flags := command.Flags()
	flags.StringVar(&s.name, "name", serviceName, "服务名 / name of the service")
	flags.StringVar(&s.user, "user", serviceName, "运行账号，没有则新建（仅 Linux） / user that runs it, made where missing")
	flags.StringArrayVar(&s.more, "write", nil,
		"还允许写入的目录，例如挂载的备份目录 / another folder that is written to, such as one for backups")
	flags.BoolVar(&show, "print", false, "只显示服务定义 / only show the definition")
	command.RunE = func(cmd *cobra.Command, args []string) error {
		program, err := os.Executable()
		if err != nil {
			return err
		}
		if program, err = filepath.EvalSymlinks(program); err != nil {
			return err
		}
		s.program, s.dir, s.keys, s.serve = program, at.dir, at.keys, args
		if s.privileged, err = wantsLowPort(args); err != nil {
			return err
		}
		if show {
			if err := s.checked(); err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), s.definition())
			return nil
		}
		if err := installService(cmd.Context(), s); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "服务 %s 已安装并启动 / the service is installed and runs\n  首次设置的链接在 the link of the first set-up: %s\n",
			s.name, filepath.Join(s.keys, setupName))
		return nil
	}
	return command
}

func serviceRemove() *cobra.Command {
	var name string
	command := &cobra.Command{Use: "remove", Short: "停止并移除服务，数据保留 / stop and remove it, the data stay",
		Args: cobra.NoArgs, Example: "  sudo kehu service remove"}
	command.Flags().StringVar(&name, "name", serviceName, "服务名 / name of the service")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkServiceName(name); err != nil {
			return err
		}
		if err := removeService(cmd.Context(), name); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "服务 %s 已移除，数据和密钥都还在 / removed; data and keys are where they were\n", name)
		return nil
	}
	return command
}

// wantsLowPort reads the arguments for serve as serve will, and tells whether it needs the right to
// listen below 1024.
func wantsLowPort(args []string) (bool, error) {
	command := serveCommand(&place{}, nil)
	if err := command.ParseFlags(args); err != nil {
		return false, err
	}
	flags := command.Flags()
	d := doors{domains: flags.Args()}
	d.http, _ = flags.GetString("http")
	d.https, _ = flags.GetString("https")
	d.cert, _ = flags.GetString("cert")
	d.key, _ = flags.GetString("key")
	d.selfSigned, _ = flags.GetBool("self-signed")
	d.anyway, _ = flags.GetBool("http-anyway")
	d.metrics, _ = flags.GetString("metrics")
	if demo, _ := flags.GetBool("demo"); demo {
		return false, ErrServiceDemo
	}
	proxies, _ := flags.GetStringArray("trusted-proxy")
	if _, err := prefixes(proxies); err != nil {
		return false, err
	}
	d, err := d.complete()
	return below1024(d.http, d.https), err
}

// step runs a tool of the system; what it said is the reason when it fails.
func step(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err == nil {
		return nil
	}
	why := strings.TrimSpace(string(out))
	if why == "" {
		why = err.Error()
	}
	return ErrServiceStep.With("step", name+" "+strings.Join(args, " "), "why", why).Because(err)
}

// attempt runs steps until one fails.
func attempt(steps ...func() error) error {
	for _, do := range steps {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
