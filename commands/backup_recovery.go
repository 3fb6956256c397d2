package commands

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"kehu/backups"
	"kehu/internal/fault"
)

// ErrNotOnPaper: what was typed is not the end of the recovery identity.
var ErrNotOnPaper = fault.Define("backup_recovery_not_on_paper",
	"和恢复密钥的最后6个字符不符，没有删除。请先执行 kehu backup recovery show，打印或抄写并核对",
	"That is not how the recovery identity ends: nothing was removed. Print it first: kehu backup recovery show")

// backupRecovery shows the recovery identity for paper, and takes it off the machine.
func backupRecovery(at *place) *cobra.Command {
	parent := &cobra.Command{Use: "recovery", Short: "恢复密钥 / the recovery identity",
		Example: "  kehu backup recovery show\n  kehu backup recovery done"}
	parent.AddCommand(&cobra.Command{Use: "show", Short: "显示，用于抄写或打印 / show it, for paper",
		Args: cobra.NoArgs, Example: "  kehu backup recovery show",
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := backups.RecoveryText(at.keys)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), text)
			}
			return err
		}}, &cobra.Command{Use: "done", Short: "已抄写到纸上，从本机删除 / it is on paper: remove it from this machine",
		Args: cobra.NoArgs, Example: "  kehu backup recovery done",
		RunE: func(cmd *cobra.Command, _ []string) error { return recoveryDone(cmd, at) },
	}, &cobra.Command{Use: "no-drill", Short: "删除演练密钥，不再自动演练 / remove the drill identity",
		Args: cobra.NoArgs, Example: "  kehu backup recovery no-drill",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return backups.RemoveIdentity(at.keys, backups.DrillRole)
		}})
	return parent
}

// recoveryDone removes the recovery identity, which cannot be undone: a person at a terminal is asked for
// its end, as it stands on the paper.
func recoveryDone(cmd *cobra.Command, at *place) error {
	if typed, ok := cmd.InOrStdin().(*os.File); ok && isatty.IsTerminal(typed.Fd()) {
		text, err := backups.RecoveryText(at.keys)
		if err != nil {
			return err
		}
		if err := askPaper(typed, cmd.ErrOrStderr(), text); err != nil {
			return err
		}
	}
	err := backups.RemoveIdentity(at.keys, backups.RecoveryRole)
	if err == nil {
		fmt.Fprintln(cmd.OutOrStdout(), "恢复密钥已从本机删除，备份从现在起只能用纸上的那份打开\n"+
			"The recovery identity is off this machine: from now on backups open by the one on paper only")
	}
	return err
}

// paperEnd is how many of the last characters of an identity are asked for.
const paperEnd = 6

// askPaper asks for the end of an identity until the line ends, and errs when it is another.
func askPaper(in io.Reader, out io.Writer, identity string) error {
	fmt.Fprint(out, "没有这份恢复密钥，备份就再也打不开。请看着纸，输入它的最后6个字符：\n"+
		"Without it no backup can be opened again. From the paper, type its last 6 characters: ")
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	typed := strings.ToUpper(strings.TrimSpace(line))
	if len(typed) < paperEnd || !strings.HasSuffix(identity, typed) {
		return ErrNotOnPaper
	}
	return nil
}
