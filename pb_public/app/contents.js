// The table of contents of both shells, the staff app and the built-in admin UI: a path below the
// shell's root, the section that it belongs to, and the page that shows it. Parts with a colon are
// handed to the page as params.
export const pages = [
	['customers', 'customers', () => import('./pages/customers.js')],
	['customers/new', 'customers', () => import('./pages/customer_form.js')],
	['customers/:id', 'customers', () => import('./pages/customer.js')],
	['customers/:id/edit', 'customers', () => import('./pages/customer_form.js')],
	['duplicates', 'duplicates', () => import('./pages/duplicates.js')],
	['duplicates/merge', 'duplicates', () => import('./pages/merge.js')],
	['handover', 'handover', () => import('./pages/handover.js')],
	['archives', 'archives', () => import('./pages/archive.js')],
	['tasks', 'tasks', () => import('./pages/tasks.js')],
	['approvals', 'approvals', () => import('./pages/approvals.js')],
	['campaigns', 'campaigns', () => import('./pages/campaigns.js')],
	['import', 'import', () => import('./pages/import.js')],
	['import/:id', 'import', () => import('./pages/import.js')],
	['audit', 'audit', () => import('./pages/audit.js')],
	['backups', 'backups', () => import('./pages/backups.js')],
	['policies', 'policies', () => import('./pages/policies.js')],
	['calendar', 'policies', () => import('./pages/calendar.js')],
	['policies/:key', 'policies', () => import('./pages/policies.js')],
	['dashboard', 'dashboard', () => import('./pages/dashboard.js')],
	['staff', 'staff', () => import('./pages/staff.js')],
	['account', 'account', () => import('./pages/account.js')],
]

export const home = 'customers'

// What the navigation of both shells offers, in this order, and the action (session.may) that the
// reader's role must have for it. A section is offered once it has a page.
const sections = [
	['customers', ''], ['tasks', ''], ['approvals', ''], ['campaigns', 'campaigns'],
	['import', 'import'], ['duplicates', 'merge'],
	['handover', 'handover'], ['archives', 'archives'], ['audit', 'audit'], ['backups', 'backups'],
	['policies', 'policies'], ['dashboard', ''], ['staff', 'staff'],
]

// sectionsFor are the sections that somebody is offered; the server decides.
export const sectionsFor = (session) => sections.filter(([name, action]) =>
	pages.some(([path]) => path === name) && (!action || session.may(action))).map(([name]) => name)

// open loads the page that find found, or the one that says that it is for other roles.
export const open = (session, { section, load }) => {
	const action = sections.find(([name]) => name === section)?.[1]
	return !action || session.may(action) ? load() : import('./pages/closed.js')
}

// find looks a path (with or without its leading #/) up in a table such as pages.
export function find(table, hash) {
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
