package hooks

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"kehu/internal/cn"
)

// reasonNames are the parts of a request in which people say why, in their own words. They are kept
// and shown to others, so they hold no certificate or card number (decisions.md, Sensitive numbers
// elsewhere).
var reasonNames = []string{"reason", "note", "confirmed_with", "checked_against", "confirm", "confirm_duplicate"}

// plainReasons refuses a request of the product's routes whose reasons hold a number of class S,
// however deep in the body they stand. An upload of a workbook, which is read as it comes, is left to
// checkChosen.
func plainReasons(e *core.RequestEvent) error {
	r := e.Request
	if r.Method == http.MethodGet || r.Method == http.MethodHead ||
		r.URL.Path == "/api/kehu/imports" && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return e.Next()
	}
	body := map[string]any{}
	if e.BindBody(&body) == nil && reasonsHoldNumber(body, false) { // what is no object, the route refuses
		return refuseError(e, errSensitiveReason())
	}
	return e.Next()
}

// reasonsHoldNumber looks through a body; said tells that value stands under one of reasonNames.
func reasonsHoldNumber(value any, said bool) bool {
	switch v := value.(type) {
	case string:
		return said && len(cn.FindSensitive(v)) > 0
	case []any:
		return slices.ContainsFunc(v, func(one any) bool { return reasonsHoldNumber(one, said) })
	case map[string]any:
		for name, one := range v {
			if reasonsHoldNumber(one, said || slices.Contains(reasonNames, name)) {
				return true
			}
		}
	}
	return false
}
