// The built-in admin UI runs this, and starts its router without waiting for what it imports. So the
// router and the header are held here until the product is in place. Without it PocketBase's own pages
// work as they are, and every rule holds all the same: the server keeps them.
const { app, router } = window
const started = import('/_/extensions/kehu/start.js').then(({ start }) => start()).catch((error) => {
	console.error('kehu: the admin UI goes on without the extension:', error)
})
app.store.showHeader = false
app.routes.fallbackPath = '#/collections?collection=customers'
app.routes.superuserOnly('#/kehu/{path...}', async (route) => (await started)?.page(route))
window.router = (...table) => {
	let stop
	started.then(() => {
		app.store.showHeader = true
		stop = router(...table)
	})
	return () => stop?.()
}
