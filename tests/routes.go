package tests

import (
	"reflect"
	"slices"
	"strings"
)

// Routes lists every route that the register answers, PocketBase's own included, as
// "METHOD /path". PocketBase's router does not tell them, so they are read from its fields: a test
// that names each one fails when a new version brings another.
func (h *House) Routes() []string {
	h.TB.Helper()
	var found []string
	var walk func(v reflect.Value, prefix string)
	walk = func(v reflect.Value, prefix string) {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if action := v.FieldByName("Path"); action.IsValid() {
			found = append(found, strings.TrimSpace(v.FieldByName("Method").String()+" "+prefix+action.String()))
			return
		}
		prefix += v.FieldByName("Prefix").String()
		children := v.FieldByName("children")
		for i := range children.Len() {
			walk(children.Index(i), prefix)
		}
	}
	walk(reflect.ValueOf(h.router).Elem().FieldByName("RouterGroup"), "")
	slices.Sort(found)
	if len(found) < 60 {
		h.TB.Fatalf("only %d routes were found: does this still read PocketBase's router?", len(found))
	}
	return found
}
