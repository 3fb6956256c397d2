//go:build !unix

package main

// restrictFiles: Windows knows no modes. The folders of the register are made with their access lists, which
// files inherit (vault.PrivateFolder).
func restrictFiles() {}
