//go:build !unix

package hooks_test

func prepareChild() {}
