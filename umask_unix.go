//go:build unix

package main

import "syscall"

// restrictFiles: what the program writes is for its own user; PocketBase would make the data
// folder readable to all.
func restrictFiles() { syscall.Umask(0o077) }
