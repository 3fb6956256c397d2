//go:build unix

package commands

import (
	"os"
	"slices"
	"strings"
	"syscall"
)

// replaceProcess runs the program anew in this process, with the same arguments: its manager goes on
// watching it. What fills a fresh register only is left out.
func replaceProcess() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	arguments := slices.DeleteFunc(slices.Clone(os.Args), func(one string) bool {
		return one == "--demo" || strings.HasPrefix(one, "--demo=")
	})
	return syscall.Exec(program, arguments, os.Environ())
}
