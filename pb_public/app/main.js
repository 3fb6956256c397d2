import PocketBase from '../vendor/pocketbase.js'
import { clearToasts } from './components/toast.js'
import './components/unsaved.js'
import { effect, html, render, signal, useLayoutEffect, useRef } from './dom.js'
import { lang, t } from './i18n.js'
import * as broken from './pages/broken.js'
import { createSession, TabStore } from './session.js'
import { find, home, open, pages } from './contents.js'
import { Header } from './components/header.js'

// What is open to people who are not signed in: one-time links, told apart by their code.
const doors = [
	['setup', '', () => import('./pages/setup.js')],
	['setup/:code', '', () => import('./pages/setup.js')],
	['link/:code', '', () => import('./pages/link.js')],
]
const signInPage = () => import('./pages/signin.js')

const place = signal(location.hash)
let address = location.hash // as it was told last: another one is on its way
addEventListener('hashchange', () => {
	place.value = address = location.hash
})

const session = createSession(new PocketBase('/', new TabStore()), {
	href: (path) => `#/${path}`,
	go: (path) => {
		location.hash = `#/${path}`
	},
	// replace keeps a page's own state in the address without drawing it anew. A page that is being
	// left does not call the way back.
	replace: (path) => {
		if (location.hash !== address) return
		history.replaceState(null, '', `#/${path}`)
		address = location.hash
	},
})

const match = (hash) => find(pages, hash) ?? find(pages, home)

// Host mounts the page of a route and takes it away as soon as the address is another: a page that still
// waited for its first drawing would take the address of the next for its own.
function Host({ load, params, at }) {
	const element = useRef()
	useLayoutEffect(() => {
		let unmount
		let gone = false
		load().catch(() => broken).then((module) => {
			if (!gone) unmount = module.mount(element.current, session, params)
		})
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
	const found = match(place.value)
	return html`
		<a class="k-skip" href="#main" onClick=${skip}>${t('skip')}</a>
		<${Header} session=${session} section=${found.section} />
		<${Host} load=${() => open(session, found)} params=${found.params} at=${place.value} />`
}

function skip(event) {
	event.preventDefault()
	document.getElementById('main').focus()
}

effect(() => {
	if (!session.me.value) place.value = address // who comes next begins where the address says
})
effect(() => {
	document.documentElement.lang = lang.value === 'en' ? 'en' : 'zh-CN'
	document.title = t('product')
})
render(html`<${App} />`, document.getElementById('app'))
