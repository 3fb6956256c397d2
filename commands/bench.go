package commands

import (
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kehu/bench"
)

// benchCommand measures on registers of its own; the data directory is not touched.
func benchCommand() *cobra.Command {
	var rows int
	var million, load bool
	crowd := bench.UsualCrowd()
	var soak time.Duration
	var dir, on string
	var keep bool
	var only []string
	command := &cobra.Command{
		Use: "bench", Short: "测量速度与内存 / measure speed and memory",
		Long: "在临时目录中建立自己的登记簿并测量，每个数字都与同一次运行的下限比较。\n" +
			"Makes registers of its own in a temporary folder and prints each figure with its floor.",
		Example: "  kehu bench\n  kehu bench --million\n  kehu bench --load\n  kehu bench --soak 1h --kill-every 2m", Args: cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
	}
	flags := command.Flags()
	flags.IntVar(&rows, "rows", 100_000, "客户数 / customers")
	flags.BoolVar(&million, "million", false, "一百万客户 / 1,000,000 customers")
	flags.BoolVar(&load, "load", false, "只测许多人同时使用 / only many people at once")
	flags.IntVar(&crowd.People, "people", crowd.People, "同时使用的人数 / people at once")
	flags.IntVar(&crowd.Idle, "idle", crowd.Idle, "空闲的实时连接 / idle realtime connections")
	flags.DurationVar(&soak, "soak", 0, "持续使用多久，并核对所有已确认的写入 / as --load, for so long")
	flags.DurationVar(&crowd.KillEvery, "kill-every", 0, "每隔多久强行终止一次程序 / kill the program now and then")
	flags.StringSliceVar(&only, "only", nil,
		"导入之后只测这些 / only these after the import: "+strings.Join(bench.Parts(), ", "))
	flags.StringVar(&dir, "work", "", "工作目录，用后删除 / folder to work in, removed afterwards")
	flags.BoolVar(&keep, "keep", false, "保留所建的登记簿 / keep the register that was made")
	flags.StringVar(&on, "on", "", "测量以前保留的工作目录 / measure what an earlier run kept, in place")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		if million {
			rows = 1_000_000
		}
		if on != "" {
			return verdictOf(bench.Run(cmd.Context(), cmd.OutOrStdout(), bench.Options{Rows: rows, Dir: on, On: true, Only: only}))
		}
		if dir != "" {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
		}
		work, err := os.MkdirTemp(dir, "kehu-bench-*")
		if err != nil {
			return err
		}
		if keep {
			cmd.Println(work)
		} else {
			defer os.RemoveAll(work)
		}
		if load || soak > 0 {
			crowd.Rows, crowd.Dir = rows, work
			if soak > 0 {
				crowd.For, crowd.Soak = soak, true
			}
			return verdictOf(bench.RunCrowd(cmd.Context(), cmd.OutOrStdout(), crowd))
		}
		return verdictOf(bench.Run(cmd.Context(), cmd.OutOrStdout(), bench.Options{Rows: rows, Dir: work, Only: only}))
	}
	return command
}

// verdictOf is how a measurement ends: 3 where a limit was missed.
func verdictOf(report *bench.Report, err error) error {
	if err == nil && report.Failed > 0 {
		return exitCode(3)
	}
	return err
}
