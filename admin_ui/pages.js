import { clearToasts } from '/app/components/toast.js'
import * as broken from '/app/pages/broken.js'
import { find, home, open, pages } from '/app/contents.js'
import { t as say } from '/app/i18n.js'

// The pages of the web app, and those that only the admin UI has.
const all = [...pages, ['schema', 'schema', async () => ({ mount: mountSchema })]]

// host draws the page of the address, whatever it is below #/kehu/.
export function host(member) {
	const { app, t } = window
	const found = find(all, location.hash.replace(/^#\/kehu\//, '')) ?? find(pages, home)
	app.store.title = ''
	app.modals.close(null, true)
	let unmount
	let gone = false
	let at = location.hash
	const session = Object.create(member.session, { replace: { value: (path) => { // of this page's address only
		if (gone || location.hash !== at) return
		member.session.replace(path)
		at = location.hash
	} } })
	return t.div({ pbEvent: 'kehuPage', className: 'page kehu-page',
		onmount: async (element) => {
			const { mount } = await open(member.session, found).catch(() => broken)
			if (!gone) unmount = mount(element.firstElementChild, session, found.params)
		},
		onunmount: () => {
			gone = true
			clearToasts()
			unmount?.()
		},
	}, t.div({ className: 'k-main' }))
}

// mountSchema is the door to the collections' settings, which do not stand beside the records.
function mountSchema(element, session) {
	const { app, t } = window
	const owner = session.me.value?.collectionName === '_superusers'
	element.append(t.div({ className: 'kehu-schema' }, t.h1({}, say('schema_title')), () => (owner ? app.store.collections : [])
		.map((collection) => t.button({ type: 'button', className: 'btn outline', title: collection.name,
			onclick: () => app.modals.openCollectionUpsert(collection) },
		t.span({ className: 'txt' }, () => collection.name)))))
	return () => element.replaceChildren()
}
