package hooks_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kehu/tests"
)

// TestTheDescriptionIsThatOfTheRoutes: every route that is bound is described and no other, each
// under a name of its own, with the parameters of its path.
func TestTheDescriptionIsThatOfTheRoutes(t *testing.T) {
	h := tests.Start(t)
	a := h.Do("sales", "GET", "/api/kehu/openapi.json", nil)
	var document struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			Summary, OperationID string
			Parameters           []struct {
				Name, In string
				Required bool
			}
			RequestBody *struct {
				Content map[string]struct{ Schema map[string]any }
			}
			Security  *[]any
			Responses map[string]any
		}
		Components map[string]map[string]any
	}
	if a.Status != 200 || json.Unmarshal(a.Body, &document) != nil || document.OpenAPI != "3.1.0" ||
		document.Servers[0].URL != "/api/kehu" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	bound := map[string]bool{}
	for _, route := range h.Routes() {
		if method, path, own := strings.Cut(route, " /api/kehu/"); own && method != "" {
			bound[method+" /"+path] = true
		}
	}
	names := map[string]string{}
	inPath := regexp.MustCompile(`\{(\w+)\}`)
	for path, methods := range document.Paths {
		for method, operation := range methods {
			route := strings.ToUpper(method) + " " + path
			if !bound[route] {
				t.Errorf("there is no route %s", route)
			}
			delete(bound, route)
			if operation.Summary == "" || names[operation.OperationID] != "" || operation.Responses["default"] == nil {
				t.Errorf("%s: %+v, named as %s", route, operation, names[operation.OperationID])
			}
			names[operation.OperationID] = route
			var given, wanted []string
			for _, p := range operation.Parameters {
				if p.In == "path" && p.Required {
					given = append(given, p.Name)
				}
			}
			for _, m := range inPath.FindAllStringSubmatch(path, -1) {
				wanted = append(wanted, m[1])
			}
			if !slices.Equal(given, wanted) {
				t.Errorf("%s has the parameters %v", route, given)
			}
			open := operation.Security != nil && len(*operation.Security) == 0
			if got := strings.ToUpper(method) == "GET" && h.Do("", "GET", "/api/kehu"+path, nil).Status == 200; got && !open {
				t.Errorf("%s is open, and described as closed", route)
			}
		}
	}
	for _, route := range slices.Sorted(maps.Keys(bound)) {
		t.Errorf("%s is not described", route)
	}
	for _, reference := range regexp.MustCompile(`"\$ref":"#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(string(a.Body), -1) {
		if document.Components[reference[1]][reference[2]] == nil {
			t.Errorf("%s leads nowhere", reference[0])
		}
	}
}

// The body that a route demands is the one that is described: without it, it refuses.
func TestDescribedBodiesAreAsked(t *testing.T) {
	h := tests.Start(t)
	for _, path := range []string{"/handover", "/merges", "/lookup", "/exports", "/account/password"} {
		a := h.Do("data_admin", "POST", "/api/kehu"+path, map[string]any{})
		if a.Status < 400 || a.Status >= 500 {
			t.Errorf("%s takes an empty body: %d %s", path, a.Status, a.Body)
		}
	}
}
