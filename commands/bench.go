package commands

import (
	"os"

	"github.com/spf13/cobra"

	"kehu/bench"
)

// benchCommand measures on registers of its own; the data directory is not touched.
func benchCommand() *cobra.Command {
	var rows int
	var million bool
	var dir string
	command := &cobra.Command{
		Use: "bench", Short: "测量速度与内存 / measure speed and memory",
		Long: "在临时目录中建立自己的登记簿并测量，每个数字都与同一次运行的下限比较。\n" +
			"Makes registers of its own in a temporary folder and prints each figure with its floor.",
		Example: "  kehu bench\n  kehu bench --million", Args: cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
	}
	command.Flags().IntVar(&rows, "rows", 100_000, "客户数 / customers")
	command.Flags().BoolVar(&million, "million", false, "一百万客户 / 1,000,000 customers")
	command.Flags().StringVar(&dir, "work", "", "工作目录，用后删除 / folder to work in, removed afterwards")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		if million {
			rows = 1_000_000
		}
		work, err := os.MkdirTemp(dir, "kehu-bench-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		report, err := bench.Run(cmd.Context(), cmd.OutOrStdout(), bench.Options{Rows: rows, Dir: work})
		if err == nil && report.Failed > 0 {
			return exitCode(3)
		}
		return err
	}
	return command
}
