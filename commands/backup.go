package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"kehu/backups"
	"kehu/hooks"
	"kehu/internal/fault"
	"kehu/internal/vault"
)

// ErrCredentials: two lines were expected.
var ErrCredentials = fault.Define("backup_credentials",
	"请在标准输入中给出两行：访问密钥 ID 和访问密钥", "Give two lines on standard input: the access key id and the secret key")

// backupCommand makes, lists, proves and restores backups.
func backupCommand(at *place, web fs.FS) *cobra.Command {
	parent := &cobra.Command{Use: "backup", Short: "备份与恢复 / backups",
		Example: "  kehu backup now\n  kehu backup list\n  kehu backup restore /mnt/nas/kehu"}
	parent.AddCommand(backupNow(at, web), backupListing(at, web), backupVerifying(at, web),
		backupDrilling(at, web), backupPruning(at, web), backupRestoring(at, web),
		backupCredentials(at), backupRecovery(at))
	return parent
}

// asked runs a command that asks the server.
func asked(at *place, web fs.FS, do func(cmd *cobra.Command, c *client, args []string) error) func(
	*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, done, err := at.connect(cmd.Context(), web)
		if err != nil {
			return err
		}
		err = do(cmd, c, args)
		if closeErr := done(); err == nil {
			err = closeErr
		}
		return err
	}
}

func backupNow(at *place, web fs.FS) *cobra.Command {
	return &cobra.Command{Use: "now", Short: "立即备份 / make a backup", Args: cobra.NoArgs,
		Long: "立即备份到所有位置。退出码：0 全部完成，3 部分位置失败或缺少附件，1 失败。\n" +
			"Exit codes: 0 whole, 3 a place failed or a stored file is missing, 1 failed.",
		Example: "  kehu backup now",
		RunE: asked(at, web, func(cmd *cobra.Command, c *client, _ []string) error {
			var made backups.Made
			if err := inTurn(cmd.Context(), c, cmd.ErrOrStderr(), "/api/kehu/backups", map[string]any{}, &made); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s  %s  %.1f MB  %.1f s\n", made.Name, made.State, float64(made.Size)/1e6,
				float64(made.Duration)/1e3)
			for _, one := range made.Copies {
				fmt.Fprintf(out, "  %s: %s %s\n", one.Place, one.State, one.Error)
			}
			for _, file := range made.Missing {
				fmt.Fprintf(out, "  缺少 missing: %s\n", file)
			}
			if made.State != "done" {
				return exitCode(3)
			}
			return nil
		})}
}

// busyPause is between two questions whether the backup that is under way has ended.
const busyPause = time.Second

// inTurn asks for a backup or a drill, and waits while one of the timetable is at work.
func inTurn(ctx context.Context, c *client, told io.Writer, path string, body, into any) error {
	for asked := 0; ; asked++ {
		err := c.call(ctx, http.MethodPost, path, body, into)
		var refused *refusal
		if !errors.As(err, &refused) || refused.code != backups.ErrBusy.Code {
			return err
		}
		if asked == 0 {
			fmt.Fprintln(told, "另一个备份或演练正在进行，完成后开始 / another backup or drill is at work, this one follows")
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(busyPause):
		}
	}
}

func backupListing(at *place, web fs.FS) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "列出备份 / list the backups", Args: cobra.NoArgs,
		Example: "  kehu backup list",
		RunE: asked(at, web, func(cmd *cobra.Command, c *client, _ []string) error {
			var answer struct {
				Items       []backups.Listed
				Unreachable []backups.Copy
				State       backups.State
			}
			if err := c.call(cmd.Context(), http.MethodGet, "/api/kehu/backups", nil, &answer); err != nil {
				return err
			}
			rows := [][]string{{"名称 name", "大小 size", "位置 places", "状态 state", "保留 kept"}}
			for _, l := range answer.Items {
				state := "good"
				if !l.Good {
					state = "damaged"
				}
				rows = append(rows, []string{l.Name, fmt.Sprintf("%.1f MB", float64(l.Size)/1e6),
					strings.Join(l.Places, ","), state, strings.Join(l.Keep, "; ")})
			}
			out := cmd.OutOrStdout()
			printTable(out, rows)
			for _, u := range answer.Unreachable {
				fmt.Fprintf(out, "无法访问 unreachable %s: %s\n", u.Place, u.Error)
			}
			if proven := answer.State.Proven; proven != "" {
				fmt.Fprintf(out, "最近证明可恢复 newest proven restore: %s (%s UTC)\n", proven, answer.State.ProvenAt)
			}
			for _, alarm := range answer.State.Alarms {
				fmt.Fprintf(out, "注意 attention: %s\n", backups.AlarmText(alarm))
			}
			return nil
		})}
}

func backupVerifying(at *place, web fs.FS) *cobra.Command {
	return &cobra.Command{Use: "verify NAME", Short: "校验一份备份，不需要密钥 / check a backup without a key",
		Args: cobra.ExactArgs(1), Example: "  kehu backup verify kehu-1a2b3c4d-20261105-030000-daily",
		RunE: asked(at, web, func(cmd *cobra.Command, c *client, args []string) error {
			var answer struct {
				Good   bool
				Places []backups.Verdict
			}
			path := "/api/kehu/backups/" + url.PathEscape(backups.BaseName(args[0])) + "/verify"
			if err := c.call(cmd.Context(), http.MethodPost, path, map[string]any{}, &answer); err != nil {
				return err
			}
			bad := !answer.Good
			for _, v := range answer.Places {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s\n", v.Place, v.State, v.Error)
				bad = bad || v.State == "damaged"
			}
			if bad {
				return exitCode(3)
			}
			return nil
		})}
}

func backupDrilling(at *place, web fs.FS) *cobra.Command {
	var identity string
	command := &cobra.Command{Use: "drill [NAME]", Short: "恢复演练 / restore a backup on trial",
		Long: "把备份（默认最新）恢复到临时目录，检查并启动程序查询，证明它可以恢复。\n" +
			"Restores a backup, the newest by default, into a scratch directory, checks it, starts the program on it.",
		Args: cobra.MaximumNArgs(1), Example: "  kehu backup drill\n  kehu backup drill --identity 恢复密钥.txt"}
	command.Flags().StringVar(&identity, "identity", "",
		"恢复密钥文件，- 为标准输入；默认用密钥目录中的 / file with the recovery identity, - for standard input")
	command.RunE = asked(at, web, func(cmd *cobra.Command, c *client, args []string) error {
		name, body := "newest", map[string]any{}
		if len(args) > 0 {
			name = backups.BaseName(args[0])
		}
		if identity != "" {
			text, err := readFrom(cmd, identity)
			if err != nil {
				return err
			}
			body["identity"] = text
		}
		var d backups.Drilled
		path := "/api/kehu/backups/" + url.PathEscape(name) + "/drill"
		if err := inTurn(cmd.Context(), c, cmd.ErrOrStderr(), path, body, &d); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s 可以恢复 / restores: %d 张表 tables, %d 行 rows, %d 个文件 files, %d 个客户 customers, %.1f s\n",
			d.Name, d.Tables, d.Rows, d.Files, d.Trial.Customers, float64(d.Duration)/1e3)
		return nil
	})
	return command
}

// readFrom reads a file, or standard input for -.
func readFrom(cmd *cobra.Command, name string) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<16))
		return string(text), err
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

func backupPruning(at *place, web fs.FS) *cobra.Command {
	var dry bool
	command := &cobra.Command{Use: "prune", Short: "清理过期备份 / remove backups past their time",
		Args: cobra.NoArgs, Example: "  kehu backup prune --dry-run"}
	command.Flags().BoolVar(&dry, "dry-run", false, "只显示，不删除 / only show")
	command.RunE = asked(at, web, func(cmd *cobra.Command, c *client, _ []string) error {
		var answer struct{ Items []backups.Fate }
		err := c.call(cmd.Context(), http.MethodPost, "/api/kehu/retention", map[string]any{"dry_run": dry}, &answer)
		if err != nil {
			return err
		}
		failed := false
		for _, f := range answer.Items {
			act := "保留 keep  "
			if !f.Keep {
				act = "删除 remove"
			}
			failed = failed || f.Error != ""
			fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s  %s %s\n", act, f.Place, f.Name,
				strings.Join(f.Reasons, "; "), f.Error)
		}
		if failed {
			return exitCode(3)
		}
		return nil
	})
	return command
}

type restoreFlags struct {
	from, identity, rootKey string
	dry                     bool
}

func backupRestoring(at *place, web fs.FS) *cobra.Command {
	f := &restoreFlags{}
	command := &cobra.Command{Use: "restore NAME|FILE|FOLDER|s3://…", Short: "恢复备份 / restore a backup",
		Long: "先完整检查备份，再替换数据；原有数据保留在数据目录的 .kehu-before-… 中。服务必须先停止。\n" +
			"Checks the whole backup before it touches anything; what was there is kept aside in the data directory.\n" +
			"The server must be stopped. Access keys of a store: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.",
		Args: cobra.ExactArgs(1),
		Example: "  kehu backup restore /mnt/nas/kehu --identity 恢复密钥.txt --root-key 主密钥.txt\n" +
			"  kehu backup restore \"s3://bucket/kehu/?endpoint=https://oss-cn-shanghai.aliyuncs.com&region=cn-shanghai\" --identity -"}
	flags := command.Flags()
	flags.StringVar(&f.from, "from", "", "备份所在的文件夹或 s3://… / folder or store that holds it")
	flags.StringVar(&f.identity, "identity", "", "恢复密钥文件，- 为标准输入 / file with the recovery identity")
	flags.StringVar(&f.rootKey, "root-key", "", "主密钥文件，- 为标准输入 / file with the root key")
	flags.BoolVar(&f.dry, "dry-run", false, "只检查，不替换 / only check")
	command.RunE = func(cmd *cobra.Command, args []string) error { return f.run(cmd, at, web, args[0]) }
	return command
}

func (f *restoreFlags) run(cmd *cobra.Command, at *place, web fs.FS, given string) error {
	lock, held, err := at.lockDir()
	if err != nil {
		return err
	}
	if held {
		return ErrHeld.With("dir", at.dir)
	}
	defer lock.Unlock()
	if backups.Pending(at.dir) {
		fmt.Fprintln(cmd.ErrOrStderr(), "先完成上次中断的恢复 / finishing the restore that was broken off")
	}
	if err := backups.Finish(at.dir, at.keys); err != nil {
		return err
	}
	from := f.from
	if from == "" && !strings.HasPrefix(given, "s3://") {
		from = at.dir + "-backups"
	}
	ctx := cmd.Context()
	if strings.HasPrefix(given, "s3://") {
		from = ""
	}
	origin, err := backups.FindOrigin(ctx, given, from, os.Getenv)
	if err != nil {
		return err
	}
	restore := &backups.Restore{Dir: at.dir, Keys: at.keys, Sealed: hooks.Sealed, Try: tryOn(web),
		Clock: time.Now, DryRun: f.dry, By: backups.Actor{ID: "cli", Name: osUser(), Kind: "cli"}}
	if restore.Identities, restore.Root, err = f.secrets(cmd, at); err != nil {
		return err
	}
	out, err := restore.Run(ctx, origin)
	if err != nil {
		return err
	}
	report := cmd.OutOrStdout()
	fmt.Fprintf(report, "%s（%s）：%d 张表 tables, %d 行 rows, %d 个文件 files\n", out.Name,
		out.At.Format("2006-01-02 15:04"), out.Tables, out.Rows, out.Files)
	for _, file := range out.Missing {
		fmt.Fprintf(report, "  备份时已缺少 missing since before the backup: %s\n", file)
	}
	if out.Log.Broken != "" {
		fmt.Fprintf(report, "  审计日志 audit log: %s\n", out.Log.Broken)
	}
	if f.dry {
		fmt.Fprintln(report, "检查通过，没有改动 / it is whole; nothing was touched")
		return nil
	}
	fmt.Fprintf(report, "已恢复到 restored to %s\n", at.dir)
	if _, err := os.Stat(out.Aside); err == nil {
		fmt.Fprintf(report, "原有数据在 what was there: %s\n", out.Aside)
	}
	return nil
}

// secrets are the identity and the root key: as given, or as they lie in the keys folder.
func (f *restoreFlags) secrets(cmd *cobra.Command, at *place) ([]age.Identity, *vault.Root, error) {
	var identities []age.Identity
	var err error
	in := bufio.NewReader(cmd.InOrStdin())
	if f.identity == "" {
		identities, err = backups.KeptIdentities(at.keys)
	} else {
		identities, err = backups.ReadIdentities(strings.NewReader(f.text(in, f.identity, &err)))
	}
	if err != nil {
		return nil, nil, err
	}
	if f.rootKey == "" {
		root, err := vault.OpenRoot(at.keys)
		return identities, root, err
	}
	text := f.text(in, f.rootKey, &err)
	if err != nil {
		return nil, nil, err
	}
	root, err := vault.ParseRoot(text)
	return identities, root, err
}

// text reads a secret: a file, or the next line of standard input.
func (f *restoreFlags) text(in *bufio.Reader, name string, failed *error) string {
	if name == "-" {
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			*failed = err
		}
		return line
	}
	text, err := os.ReadFile(name)
	if err != nil {
		*failed = err
	}
	return string(text)
}

func osUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "?"
}

func backupCredentials(at *place) *cobra.Command {
	return &cobra.Command{Use: "credentials PLACE", Short: "保存存储位置的访问密钥 / keep the access keys of a store",
		Args: cobra.ExactArgs(1), Example: "  kehu backup credentials oss < 密钥.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readFrom(cmd, "-")
			if err != nil {
				return err
			}
			lines := strings.Fields(text)
			if len(lines) != 2 {
				return ErrCredentials
			}
			return backups.KeepStoreKeys(at.keys, args[0], backups.StoreKeys{AccessKey: lines[0], SecretKey: lines[1]})
		}}
}
