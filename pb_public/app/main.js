import PocketBase from '../vendor/pocketbase.js'
import { clearToasts, complain } from './components/toast.js'
import { effect, html, render, signal, useEffect, useRef } from './dom.js'
import { lang, t } from './i18n.js'
import { createSession, TabStore } from './session.js'
import { Header } from './components/header.js'

// The table of contents: a path below #/ and the page that shows it. Parts with a colon are handed
// to the page as params.
const routes = [
	['customers', 'customers', () => import('./pages/customers.js')],
	['customers/new', 'customers', () => import('./pages/customer_form.js')],
	['customers/:id', 'customers', () => import('./pages/customer.js')],
	['customers/:id/edit', 'customers', () => import('./pages/customer_form.js')],
	['duplicates', 'duplicates', () => import('./pages/duplicates.js')],
	['duplicates/merge', 'duplicates', () => import('./pages/merge.js')],
	['handover', 'handover', () => import('./pages/handover.js')],
	['tasks', 'tasks', () => import('./pages/tasks.js')],
	['approvals', 'approvals', () => import('./pages/approvals.js')],
	['import', 'import', () => import('./pages/import.js')],
	['import/:id', 'import', () => import('./pages/import.js')],
	['staff', 'staff', () => import('./pages/staff.js')],
	['account', 'account', () => import('./pages/account.js')],
]
// What is open to people who are not signed in: one-time links, told apart by their code.
const doors = [
	['setup', '', () => import('./pages/setup.js')],
	['setup/:code', '', () => import('./pages/setup.js')],
	['link/:code', '', () => import('./pages/link.js')],
]
const home = 'customers'
const signInPage = () => import('./pages/signin.js')

const place = signal(location.hash)
addEventListener('hashchange', () => {
	place.value = location.hash
})

const session = createSession(new PocketBase('/', new TabStore()), {
	href: (path) => `#/${path}`,
	go: (path) => {
		location.hash = `#/${path}`
	},
	// replace keeps a page's own state in the address without drawing it anew.
	replace: (path) => history.replaceState(null, '', `#/${path}`),
})

const match = (hash) => find(routes, hash) ?? find(routes, home)

function find(table, hash) {
	const [path, query] = hash.replace(/^#\/?/, '').split('?')
	const parts = (path || home).split('/')
	for (const [pattern, section, load] of table) {
		const params = paramsOf(pattern.split('/'), parts)
		if (params) return { section, load, params: { ...params, query: new URLSearchParams(query) } }
	}
	return null
}

function paramsOf(pattern, parts) {
	if (pattern.length !== parts.length) return null
	const params = {}
	for (const [i, part] of pattern.entries()) {
		if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(parts[i])
		else if (part !== parts[i]) return null
	}
	return params.id === 'new' ? null : params
}

// Host mounts the page of a route and takes it away before the next.
function Host({ load, params, at }) {
	const element = useRef()
	useEffect(() => {
		let unmount
		let gone = false
		load().then((module) => {
			if (!gone) unmount = module.mount(element.current, session, params)
		}, complain)
		return () => {
			gone = true
			clearToasts()
			unmount?.()
		}
	}, [at])
	return html`<main id="main" class="k-main" ref=${element} tabindex="-1" />`
}

function App() {
	const door = find(doors, place.value)
	if (door) return html`<${Host} load=${door.load} params=${door.params} at=${place.value} />`
	if (!session.me.value) return html`<${Host} load=${signInPage} params=${{}} at="signin" />`
	const { section, load, params } = match(place.value)
	return html`
		<a class="k-skip" href="#main" onClick=${skip}>${t('skip')}</a>
		<${Header} session=${session} section=${section} />
		<${Host} load=${load} params=${params} at=${place.value} />`
}

function skip(event) {
	event.preventDefault()
	document.getElementById('main').focus()
}

effect(() => {
	document.documentElement.lang = lang.value === 'en' ? 'en' : 'zh-CN'
	document.title = t('product')
})
render(html`<${App} />`, document.getElementById('app'))
