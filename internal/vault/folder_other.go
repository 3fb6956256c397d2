//go:build !windows

package vault

import "os"

// PrivateFolder makes a folder, and those above it, that the user of this process alone opens.
func PrivateFolder(path string) error { return os.MkdirAll(path, 0o700) }
