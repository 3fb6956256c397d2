//go:build !unix

package backups_test

func prepareChild() {}
