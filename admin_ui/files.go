// Package adminui is what is added to PocketBase's built-in admin UI: Chinese, the product's pages,
// and what a record needs there. Everything else is the web app's; see docs/architecture.md.
package adminui

import "embed"

// Files are served as they are below /_/extensions/kehu/; main.js is what the admin UI runs.
//
//go:embed *.js *.css
var Files embed.FS
