package hooks

import (
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/ui"
)

// adminName is the extension's name in the paths of its files, /_/extensions/kehu/.
const adminName = "kehu"

// bindAdminFiles adds the product to the built-in admin UI, and lets no browser keep an old one:
// PocketBase would have its files kept for two weeks, beyond an upgrade of the program.
func (h *House) bindAdminFiles(e *core.ServeEvent) {
	revision := ""
	if h.options.Admin != nil {
		e.UIExtensions = append(e.UIExtensions,
			core.UIExtension{Name: adminName, FS: h.options.Admin})
		revision = strings.Trim(revisionOf(h.options.Admin), `"`)
	}
	if ui.DistDirFS != nil {
		revision += strings.Trim(revisionOf(ui.DistDirFS), `"`)
	}
	e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "kehuAdmin",
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2,
		Func: func(e *core.RequestEvent) error {
			if p := e.Request.URL.Path; strings.HasPrefix(p, "/_/") && !hashed(p) {
				e.Response.Header().Set("Cache-Control", "no-cache")
				e.Response.Header().Set("ETag", `"`+revision+`"`)
			}
			return e.Next()
		}})
}

// hashed files have their content's hash in their name.
func hashed(p string) bool { return strings.HasPrefix(p, "/_/assets/") }
