import { sectionsFor } from '/app/contents.js'
import { lang, t as say } from '/app/i18n.js'

const icons = { customers: 'ri-contacts-book-2-line', tasks: 'ri-todo-line',
	approvals: 'ri-checkbox-multiple-line', import: 'ri-file-excel-2-line',
	campaigns: 'ri-megaphone-line',
	duplicates: 'ri-file-copy-2-line', handover: 'ri-user-shared-line', archives: 'ri-archive-line',
	audit: 'ri-file-shield-2-line', backups: 'ri-hard-drive-2-line', policies: 'ri-scales-3-line',
	dashboard: 'ri-dashboard-line', staff: 'ri-team-line' }

const records = '#/collections?collection=customers'

// Entries of PocketBase whose place the product has taken: its own backups, a schema that only
// migrations change.
const taken = ['#/settings/backups', '#/settings/import-collections']

// navigate makes the top of the admin UI the way to work: sections for everybody, by role; the
// technical pages for owners, under one entry.
export function navigate(member, switchLanguage) {
	const { app, t, watch } = window
	const english = lang.value === 'en'
	technical(english)
	app.store.creditLinks = [{ href: '/', icon: 'ri-home-4-line', label: say('product') }]
	watch(() => {
		app.store.headerLinks = member.known.version > 0 ? links(member) : []
	})
	document.addEventListener('mount:appHeader', ({ detail: header }) => {
		header.querySelector('.color-scheme-picker')?.before(t.button({ type: 'button',
			className: 'header-link kehu-language', onclick: switchLanguage,
			textContent: english ? '中文' : 'EN', lang: english ? 'zh-CN' : 'en' }))
	})
	followCurrent()
	document.addEventListener('mount:loggedUserDropdown', ({ detail: menu }) => {
		menu.prepend(t.a({ className: 'dropdown-item', href: '#/kehu/account',
			onclick: () => menu.hidePopover() },
		t.i({ className: 'ri-user-settings-line', ariaHidden: true }),
		t.span({ className: 'txt' }, say('nav_account'))))
	})
	watch(() => {
		document.documentElement.classList.toggle('kehu-linked', member.known.version > 0 &&
			member.linked())
	})
	addEventListener('hashchange', () => turnBack(member))
	watch(() => {
		if (member.known.version > 0) turnBack(member)
	})
}

// followCurrent keeps the section in use in view: on a phone the sections are more than the screen is wide.
function followCurrent() {
	const { app, watch } = window
	const toCurrent = () => requestAnimationFrame(() => document.querySelector('.app-main-nav .active')
		?.scrollIntoView({ inline: 'center', block: 'nearest' }))
	watch(() => [app.store.headerLinks, app.store.page], toCurrent)
	addEventListener('hashchange', () => setTimeout(toCurrent))
	addEventListener('resize', toCurrent)
}

function links(member) {
	const { app } = window
	const shown = sectionsFor(member.session).map((name) => {
		const href = name === 'customers' ? records : `#/kehu/${name}`
		return { href, icon: icons[name], label: say(`nav_${name}`),
			isActive: () => app.utils.isActivePath(`#/kehu/${name}`) ||
				name === 'customers' && app.utils.isActivePath('#/collections') }
	})
	if (member.owner()) {
		shown.push({ href: '#/settings', icon: 'ri-settings-3-line', label: say('nav_system'),
			isActive: () => app.utils.isActivePath('#/logs') })
	}
	return shown
}

// technical orders the entries of the settings' sidebar.
function technical(english) {
	const groups = window.app.store.settingsNavGroups
	const all = Object.values(groups).flat().filter(({ href }) => !taken.includes(href))
	const of = (...hrefs) => all.filter(({ href }) => hrefs.includes(href))
	const settings = of('#/settings', '#/settings/mail', '#/settings/storage', '#/settings/crons')
	const tools = [{ href: '#/logs', icon: 'ri-bar-chart-box-line', label: 'Logs' },
		{ href: '#/kehu/schema', icon: 'ri-node-tree', label: 'Collections' }]
	const rest = all.filter((link) => !settings.includes(link))
	window.app.store.settingsNavGroups = english ? { Settings: settings, Technical: [...tools, ...rest] }
		: { 系统设置: settings, 技术: [...tools, ...rest] }
}

const closed = /^#\/(settings|logs|kehu\/schema)\b/

// turnBack takes a member of staff away from the pages of the system's owner; the server would
// refuse what they ask for.
function turnBack(member) {
	if (!member.linked() || !closed.test(location.hash)) return
	window.app.toasts.error(say('owners_only'))
	location.hash = records
}
