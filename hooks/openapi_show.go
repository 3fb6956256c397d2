package hooks

import (
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/pocketbase/pocketbase/core"
)

// openAPIVersion is the version of the description's own form.
const openAPIVersion = "3.1.0"

// openAPI answers the description of the register's own routes, for tools that make clients of it.
func (h *House) openAPI(e *core.RequestEvent) error {
	return e.JSON(http.StatusOK, describeRoutes())
}

type object = map[string]any

// describeRoutes is the document: it is the same for everybody, and tells nothing of the data.
var describeRoutes = sync.OnceValue(func() object {
	paths := map[string]object{}
	for _, d := range routesDescribed {
		method, path, _ := strings.Cut(d.route, " ")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path][strings.ToLower(method)] = d.operation()
	}
	return object{
		"openapi": openAPIVersion,
		"info": object{"title": "Kehu 客户登记", "version": "1",
			"description": "Records, files, realtime and batch are PocketBase's own (/api/collections/…); these are the " +
				"register's. Messages are Chinese, or English by Accept-Language."},
		"servers": []object{{"url": registerRoutes}},
		"paths":   paths,
		"components": object{
			"securitySchemes": object{"token": object{"type": "apiKey", "in": "header", "name": "Authorization",
				"description": "The token of POST /signin, as it is"}},
			"responses": object{"Refused": object{"description": "Refused; data has a code for each field",
				"content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/Refusal"}}}}},
			"schemas": object{"Refusal": object{"type": "object", "required": []string{"status", "message", "data"},
				"properties": object{"status": object{"type": "integer"}, "message": object{"type": "string"},
					"data": object{"type": "object", "additionalProperties": true}}}},
		},
		"security": []object{{"token": []string{}}},
	}
})

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// operation describes one route.
func (d described) operation() object {
	operation := object{"summary": d.does, "operationId": operationID(d.route), "responses": object{
		"default": object{"$ref": "#/components/responses/Refused"}, "2XX": d.answered()}}
	if d.open {
		operation["security"] = []object{}
	}
	parameters := []object{}
	for _, name := range inPath.FindAllStringSubmatch(d.route, -1) {
		parameters = append(parameters, object{"name": name[1], "in": "path", "required": true,
			"schema": object{"type": "string"}})
	}
	for _, text := range d.query {
		m := wordOf(text)
		parameters = append(parameters, object{"name": m.name, "in": "query", "schema": m.schema()})
	}
	if len(parameters) > 0 {
		operation["parameters"] = parameters
	}
	if len(d.body) > 0 {
		operation["requestBody"] = d.bodyOf()
	}
	return operation
}

func (d described) answered() object {
	kind, schema := "application/json", object{"type": "object"}
	if d.answer != "" {
		kind, schema = d.answer, object{"type": "string"}
	}
	return object{"description": "Done", "content": object{kind: object{"schema": schema}}}
}

func (d described) bodyOf() object {
	properties, required := object{}, []string{}
	for _, text := range d.body {
		m := wordOf(text)
		properties[m.name] = m.schema()
		if !m.optional {
			required = append(required, m.name)
		}
	}
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	kind := "application/json"
	if d.form {
		kind = "multipart/form-data"
	}
	return object{"required": len(required) > 0, "content": object{kind: object{"schema": schema}}}
}

// word is a name of a query or body.
type word struct {
	name, kind string
	optional   bool
}

func wordOf(text string) word {
	name, kind, typed := strings.Cut(text, ":")
	if !typed {
		kind = "string"
	}
	name, optional := strings.CutSuffix(name, "?")
	return word{name, kind, optional}
}

func (m word) schema() object {
	switch m.kind {
	case "binary":
		return object{"type": "string", "contentMediaType": "application/octet-stream"}
	case "array":
		return object{"type": "array", "items": object{}}
	case "object":
		return object{"type": "object", "additionalProperties": true}
	}
	return object{"type": m.kind}
}

// operationID is a route as a name for functions: postApprovalsIdReject.
func operationID(route string) string {
	method, path, _ := strings.Cut(route, " ")
	id := strings.ToLower(method)
	for _, word := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}-_.", r) }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}
