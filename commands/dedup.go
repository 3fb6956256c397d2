package commands

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"
)

// dedupCommand scans the register for duplicates (R4.4).
func dedupCommand(at *place, web fs.FS) *cobra.Command {
	command := &cobra.Command{Use: "dedup", Short: "查重 / duplicates",
		Example: "  kehu dedup scan"}
	command.AddCommand(&cobra.Command{
		Use: "scan", Short: "全库查重 / scan the whole register", Args: cobra.NoArgs,
		Long: "比较全部客户，疑似重复列入待处理。中断后会继续。\n" +
			"Compares all customers; what is suspected is listed for a decision. Cut off, it goes on.",
		Example: "  kehu dedup scan",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, done, err := at.connect(cmd.Context(), web)
			if err != nil {
				return err
			}
			err = dedupScan(cmd, c)
			if closeErr := done(); err == nil {
				err = closeErr
			}
			return err
		},
	})
	return command
}

// scanLook is how often the command looks how the scan stands.
const scanLook = time.Second

func dedupScan(cmd *cobra.Command, c *client) error {
	ctx := cmd.Context()
	if err := c.call(ctx, "POST", "/api/kehu/duplicates/scan", map[string]any{}, nil); err != nil {
		return err
	}
	for {
		var answer struct {
			Scan struct {
				State          string
				Pairs, Pending int
			}
		}
		if err := c.call(ctx, "GET", "/api/kehu/duplicates?limit=1", nil, &answer); err != nil {
			return err
		}
		if s := answer.Scan; s.State == "done" && s.Pending == 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "疑似重复 %d 对 / %d pairs are suspected\n", s.Pairs, s.Pairs)
			return nil
		}
		if err := waited(ctx, scanLook); err != nil {
			return err
		}
	}
}

func waited(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
