// Kehu (客户) is a customer register for small businesses in one program.
package main

import (
	"embed"
	"io/fs"
	"os"
	_ "time/tzdata" // the company's time zone, also where the system knows none

	"kehu/commands"
)

// version is set by the release build.
var version = "dev"

//go:embed all:pb_public
var public embed.FS

func main() {
	web, err := fs.Sub(public, "pb_public")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	restrictFiles()
	os.Exit(commands.Main(os.Args[1:], web, version))
}
