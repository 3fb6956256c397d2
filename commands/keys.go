package commands

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"kehu/backups"
	"kehu/collections"
	"kehu/internal/fault"
	"kehu/internal/recovery"
	"kehu/internal/vault"
)

// ErrKeysLate: a new key for old data would open nothing.
var ErrKeysLate = fault.Define("keys_init_late",
	"数据目录 {dir} 已有数据库，新的主密钥打不开它；如需还原，请加 --from-sheet 输入恢复表上的主密钥",
	"The data directory {dir} holds a database, which a new root key would not open: to restore, "+
		"give --from-sheet and type the root key of the recovery sheet")

func keysCommand(at *place, web fs.FS) *cobra.Command {
	parent := &cobra.Command{Use: "keys", Short: "密钥：建立、查看、更换、恢复表 / keys",
		Example: "  kehu keys show\n  kehu keys rotate\n  kehu keys backup --html 恢复表.html"}
	parent.AddCommand(keysInitCommand(at), keysShowCommand(at, web), keysRotateCommand(at, web),
		keysBackupCommand(at))
	return parent
}

// keysInitCommand makes the keys folder before the first start, or from a recovery sheet.
func keysInitCommand(at *place) *cobra.Command {
	var fromSheet bool
	command := &cobra.Command{
		Use: "init", Short: "首次启动前建立密钥，或用恢复表还原 / make the keys, or restore them",
		Example: "  kehu keys init\n  kehu keys init --from-sheet < 主密钥.txt", Args: cobra.NoArgs,
	}
	command.Flags().BoolVar(&fromSheet, "from-sheet", false,
		"从标准输入读取恢复表上的主密钥 / read the root key of the sheet from standard input")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		root, err := at.makeRoot(cmd.InOrStdin(), fromSheet)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "主密钥 root key %s\n  %s\n", root.Fingerprint(), at.keys)
		return nil
	}
	return command
}

func (p *place) makeRoot(typed io.Reader, fromSheet bool) (*vault.Root, error) {
	if !fromSheet {
		if !isFresh(p.dir) {
			return nil, ErrKeysLate.With("dir", p.dir)
		}
		return vault.CreateRoot(p.keys, rand.Reader)
	}
	const longest = 4096
	text, err := io.ReadAll(io.LimitReader(typed, longest))
	if err != nil {
		return nil, err
	}
	root, err := vault.ParseRoot(string(text))
	if err != nil {
		return nil, err
	}
	return root, root.Store(p.keys)
}

// keysShown is what the server says of the keys.
type keysShown struct {
	Root     string
	Keys     []collections.KeyMade
	Rotation collections.Rotation
}

func keysShowCommand(at *place, web fs.FS) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "密钥的指纹、时间和更换进度 / fingerprints, ages, progress",
		Example: "  kehu keys show", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.with(cmd.Context(), web, func(c *client) error {
				var shown keysShown
				if err := c.call(cmd.Context(), http.MethodGet, "/api/kehu/keys", nil, &shown); err != nil {
					return err
				}
				shown.print(cmd.OutOrStdout(), time.Now())
				return nil
			})
		},
	}
}

func (k *keysShown) print(out io.Writer, now time.Time) {
	fmt.Fprintf(out, "主密钥 root key  %s\n", k.Root)
	for _, key := range k.Keys {
		state := "旧 older"
		switch {
		case key.Primary:
			state = "使用中 in use"
		case key.Retired != "":
			state = "已停用 retired " + day(key.Retired)
		}
		age := ""
		if made, err := time.Parse("2006-01-02 15:04:05.999Z", key.Made); err == nil {
			age = fmt.Sprintf("（%d 天 days）", int(now.Sub(made).Hours()/24))
		}
		fmt.Fprintf(out, "  %-7s %s  %s%s  %s\n", key.Keyset, key.Fingerprint, day(key.Made), age, state)
	}
	r := k.Rotation
	switch {
	case r.Stage != "":
		fmt.Fprintf(out, "正在更换 rotating: %s %d/%d\n", r.Stage, r.Done, r.Total)
	case r.Finished != "":
		fmt.Fprintf(out, "上次更换 last rotation: %s\n", day(r.Finished))
	}
	if r.Problem != "" {
		fmt.Fprintln(out, r.Problem)
	}
}

func day(stamp string) string { return stamp[:min(len(stamp), len("2006-01-02"))] }

// keysRotateCommand changes the working keys and waits until nothing hangs on the old ones.
func keysRotateCommand(at *place, web fs.FS) *cobra.Command {
	var background bool
	command := &cobra.Command{
		Use: "rotate", Short: "更换密钥，运行中也可以 / change the keys, also on a running server",
		Example: "  kehu keys rotate\n  kehu keys rotate --background", Args: cobra.NoArgs,
	}
	command.Flags().BoolVar(&background, "background", false,
		"不等完成，由服务继续 / do not wait, the server goes on")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		return at.with(cmd.Context(), web, func(c *client) error {
			ctx := cmd.Context()
			if err := c.call(ctx, http.MethodPost, "/api/kehu/keys/rotate", nil, nil); err != nil {
				return err
			}
			if background {
				fmt.Fprintln(cmd.OutOrStdout(), "已开始 / begun")
				return nil
			}
			shown, err := rotated(ctx, c, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			shown.print(cmd.OutOrStdout(), time.Now())
			if shown.Rotation.Problem != "" {
				return exitCode(1)
			}
			return nil
		})
	}
	return command
}

// rotated waits for the end of a rotation.
func rotated(ctx context.Context, c *client, progress io.Writer) (*keysShown, error) {
	said := -1
	for {
		var shown keysShown
		if err := c.call(ctx, http.MethodGet, "/api/kehu/keys", nil, &shown); err != nil {
			return nil, err
		}
		if shown.Rotation.Stage == "" {
			return &shown, nil
		}
		if shown.Rotation.Done != said {
			said = shown.Rotation.Done
			fmt.Fprintf(progress, "%d/%d\n", said, shown.Rotation.Total)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// sheetSections are what the recovery sheet holds, in its order; each reads one secret of the keys
// folder. A secret that is not there leaves its section out.
var sheetSections = []func(at *place) (*recovery.Section, error){rootSection, recoverySection}

// recoverySection is the identity that opens the backups; nil once it was moved to paper.
func recoverySection(at *place) (*recovery.Section, error) {
	text, err := backups.RecoveryText(at.keys)
	if errors.Is(err, backups.ErrRecoveryGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	identities, err := backups.ReadIdentities(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	name := "age"
	if own, ok := identities[0].(*age.X25519Identity); ok {
		name = "公钥 recipient " + own.Recipient().String()
	}
	return &recovery.Section{Title: "恢复密钥 Recovery identity", Text: text, Name: name,
		Opens: "打开所有备份（age）。打印并收好后执行 kehu backup recovery done，从本机删除。\n" +
			"还原：kehu backup restore … --identity 文件 --root-key 文件\n" +
			"Opens every backup (age). Once the sheet is put away: kehu backup recovery done, which takes " +
			"it off this machine. To restore: kehu backup restore … --identity FILE --root-key FILE"}, nil
}

func rootSection(at *place) (*recovery.Section, error) {
	root, err := vault.OpenRoot(at.keys)
	if err != nil {
		return nil, err
	}
	return &recovery.Section{Title: "主密钥 Root key", Text: root.Reveal(),
		Name: "指纹 fingerprint " + root.Fingerprint(),
		Opens: "打开数据目录里的数据库、封存的号码和文件；不能打开备份的外层。还原：kehu keys init --from-sheet\n" +
			"Opens the databases, sealed numbers and files of the data directory, not the backups " +
			"around them. To restore: kehu keys init --from-sheet"}, nil
}

// keysBackupCommand prints the recovery sheet. It reads the keys folder itself: no secret goes over
// the network, not even to this machine.
func keysBackupCommand(at *place) *cobra.Command {
	var page string
	command := &cobra.Command{
		Use: "backup", Short: "打印恢复表 / print the recovery sheet",
		Example: "  kehu keys backup\n  kehu keys backup --html 恢复表.html", Args: cobra.NoArgs,
	}
	command.Flags().StringVar(&page, "html", "", "写成可打印的网页 / as a page to print")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		sheet := &recovery.Sheet{Made: time.Now(), Place: at.dir}
		for _, section := range sheetSections {
			s, err := section(at)
			if err != nil {
				return err
			}
			if s != nil {
				sheet.Sections = append(sheet.Sections, *s)
			}
		}
		write := func() error { return sheet.WriteText(cmd.OutOrStdout()) }
		if page != "" {
			write = func() error { return writeSheet(sheet, page) }
		}
		if err := write(); err != nil {
			return err
		}
		remind(cmd.ErrOrStderr(), len(sheet.Sections) == len(sheetSections))
		return nil
	}
	return command
}

// remind says what is still to do, or that the sheet has no identity any more.
func remind(to io.Writer, identityHere bool) {
	if identityHere {
		fmt.Fprintln(to, "恢复密钥还在本机：打印并收好后，请执行 kehu backup recovery done\n"+
			"The recovery identity is still on this machine: print the sheet, put it away, then run "+
			"kehu backup recovery done")
		return
	}
	fmt.Fprintln(to, "恢复密钥不在本机（已移走，或服务还没有启动过），本表没有它；请保留以前打印的那一张\n"+
		"The recovery identity is not on this machine (moved to paper, or not made before the first start) "+
		"and so not on this sheet: keep the earlier one")
}

func writeSheet(sheet *recovery.Sheet, path string) error {
	out, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(sheet.WriteHTML(out), out.Close())
}

// with runs a command against the server that holds the data, or one of its own.
func (p *place) with(ctx context.Context, web fs.FS, do func(*client) error) error {
	c, done, err := p.connect(ctx, web)
	if err != nil {
		return err
	}
	err = do(c)
	if closeErr := done(); err == nil {
		err = closeErr
	}
	return err
}
