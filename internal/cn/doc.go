// Package cn parses and normalises the values of Chinese business life: names, phones, e-mail
// addresses, credit codes, certificates, bank accounts, dates and amounts (requirements,
// section 3).
//
// Parse, don't validate: every ParseX gives a typed value that is right from then on, warnings for
// what is allowed but doubtful, and an error that is always a *fault.Fault. String is the stored
// form of a value and parses to the same value. Nothing here reads a clock: where today matters
// (births) it is passed in. Messages never repeat a value that may not be shown.
//
// The tables under data come from the sources named in docs/data/cn.md.
package cn

import (
	"embed"
	"strings"

	"kehu/internal/fault"
)

//go:embed data
var data embed.FS

// ErrEmpty is the fault of a value that holds nothing. Whether one is required is not decided here.
var ErrEmpty = fault.Define("value_empty", "内容为空，请填写后再试", "There is nothing here; enter a value")

// rows reads an embedded table: one row a line, columns split by tabs.
// It panics when the table is not in the binary, which a test run would show.
func rows(name string) [][]string {
	raw, err := data.ReadFile("data/" + name)
	if err != nil {
		panic("cn: table is missing: " + name)
	}
	var table [][]string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			table = append(table, strings.Split(line, "\t"))
		}
	}
	return table
}
