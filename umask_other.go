//go:build !unix

package main

// restrictFiles: on Windows a folder's access list is inherited from where it was made.
func restrictFiles() {}
