package hooks

import (
	"strings"

	"github.com/ganigeorgiev/fexpr"
	"github.com/pocketbase/pocketbase/core"

	"kehu/collections"
)

// searchBox leaves out of the admin UI's own search what the asker may not ask by. Its search box
// looks for one text in every field that a collection has (a?~'text'||b?~'text'…), which would be
// refused whole for whoever reads one of them masked. What a person writes as a filter is not
// touched, and neither is the search of anybody who may ask by none of the fields: those are refused.
func (h *House) searchBox(e *core.RequestEvent) error {
	rest, ok := strings.CutPrefix(e.Request.URL.Path, "/api/collections/")
	query := e.Request.URL.Query()
	text := query.Get("filter")
	if !ok || text == "" || len(query["filter"]) > 1 || actorIn(e).Source != "admin" {
		return nil
	}
	name, _, _ := strings.Cut(rest, "/")
	c, err := e.App.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return nil // the route answers that there is none
	}
	reader, err := collections.ReaderOf(e.App, e.Auth)
	if err != nil {
		return err
	}
	if narrowed := (asking{e.App, reader}).narrow(c, text); narrowed != "" {
		query.Set("filter", narrowed)
		e.Request.URL.RawQuery = query.Encode()
	}
	return nil
}

// narrow answers a search box's filter without the fields that may not be asked by; "" where it is
// no such filter, or none is left.
func (a asking) narrow(c *core.Collection, text string) string {
	groups, err := fexpr.Parse(text)
	if err != nil || len(groups) < 2 {
		return ""
	}
	var kept []string
	var term fexpr.Token
	for i, group := range groups {
		one, ok := group.Item.(fexpr.Expr)
		if !ok || one.Op != fexpr.SignAnyLike || one.Left.Type != fexpr.TokenIdentifier ||
			i > 0 && (group.Join != fexpr.JoinOr || one.Right.Literal != term.Literal) ||
			one.Right.Type != fexpr.TokenText && one.Right.Type != fexpr.TokenNumber {
			return ""
		}
		term = one.Right
		if a.path(c, one.Left.Literal) {
			kept = append(kept, one.Left.Literal+"?~'"+strings.ReplaceAll(term.Literal, "'", `\'`)+"'")
		}
	}
	return strings.Join(kept, "||")
}
