package commands

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"kehu/collections"
)

// commit is set by the release build, which knows it where the sources have no history.
var commit = ""

// versionCommand says which program this is.
func versionCommand(at *place) *cobra.Command {
	var long bool
	command := &cobra.Command{Use: "version", Short: "版本 / which program this is", Args: cobra.NoArgs,
		Example: "  kehu version\n  kehu version --long"}
	command.Flags().BoolVar(&long, "long", false, "列出全部模块 / with every module")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		out := cmd.OutOrStdout()
		build, _ := debug.ReadBuildInfo()
		fmt.Fprintf(out, "产品 product  %s\n数据 schema   %s\n提交 commit   %s\nGo            %s %s/%s\n", at.version,
			collections.NewestSchema(core.AppMigrations), cmp.Or(commit, setting(build, "vcs.revision"), "?"),
			runtime.Version(), runtime.GOOS, runtime.GOARCH)
		if !long || build == nil {
			return nil
		}
		fmt.Fprintf(out, "模块 modules  %d\n", len(build.Deps))
		for _, m := range build.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			fmt.Fprintf(out, "%s %s %s\n", m.Path, m.Version, m.Sum)
		}
		return nil
	}
	return command
}

func setting(build *debug.BuildInfo, key string) string {
	if build == nil {
		return ""
	}
	for _, s := range build.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
