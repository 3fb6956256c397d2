import { batch, effect, signal, untracked } from '../dom.js'

const perPage = 50
const searchLimit = 50
const pause = 180 // milliseconds after the last key
const filters = ['stage', 'kind', 'status', 'tier']
// A filter that the list was opened with, as by the dashboard, and what it says in words.
const given = ['where', 'about']
const shown = 'id,number,name,kind,stage,tier,owner,updated,missing,status,masked'

// asksEnough tells whether a search can find anything: two characters, or four digits.
export const asksEnough = (typed) =>
	(/^[\d\s-]+$/.test(typed) ? typed.replace(/\D/g, '').length >= 4 : [...typed].length >= 2)

// createList is the state of the list of customers. Its rows follow what is typed and chosen, and so
// does the address, so that going back finds the same list.
export function createList(session, query = new URLSearchParams()) {
	const list = {
		q: signal(query.get('q') ?? ''), sort: signal(query.get('sort') ?? '-updated'),
		page: signal(Math.max(1, Number(query.get('page')) || 1)),
		rows: signal([]), searched: signal(false), more: signal(false), total: signal(null), busy: signal(true),
		failed: signal(null), // why there are no rows
	}
	for (const name of [...filters, ...given]) list[name] = signal(query.get(name) ?? '')
	list.filter = () => [...filters.filter((name) => list[name].value)
		.map((name) => `${name}=${JSON.stringify(list[name].value)}`),
	...(list.where.value ? [`(${list.where.value})`] : [])].join(' && ')
	list.choose = (name, value) => batch(() => {
		list[name].value = value
		list.page.value = 1
	})
	list.stop = follow(session, list)
	return list
}

function follow(session, list) {
	let asked = 0
	let timer
	let counted
	const latest = async (ask) => {
		const mine = ++asked
		list.again = () => latest(ask)
		list.busy.value = true
		const answer = await ask().then((found) => ({ ...found, failed: null }), (failed) => ({ failed }))
		if (mine !== asked) return
		batch(() => Object.entries({ ...answer, busy: false }).forEach(([key, value]) => {
			list[key].value = value
		}))
	}
	const stop = effect(() => {
		const typed = list.q.value.trim()
		const filter = list.filter()
		const query = { page: list.page.value, sort: list.sort.value, filter }
		session.replace(address(list, typed))
		clearTimeout(timer)
		if (asksEnough(typed)) {
			timer = setTimeout(() => latest(() => found(session.api, typed)), pause)
			return
		}
		if (counted !== filter) {
			counted = filter
			total(session.api, list, filter)
		}
		untracked(() => latest(() => listed(session.api, query)))
	})
	return () => {
		asked++
		clearTimeout(timer)
		stop()
	}
}

function address(list, typed) {
	const query = new URLSearchParams()
	if (typed) query.set('q', typed)
	for (const name of [...filters, ...given]) if (list[name].value) query.set(name, list[name].value)
	if (list.sort.value !== '-updated') query.set('sort', list.sort.value)
	if (list.page.value > 1) query.set('page', list.page.value)
	return `customers${query.size ? `?${query}` : ''}`
}

async function found(api, q) {
	const { items } = await api.get('/api/kehu/search', { q, limit: searchLimit })
	return { rows: items, searched: true, more: false }
}

async function listed(api, { page, sort, filter }) {
	const { items } = await api.list('customers',
		{ page, perPage, sort, filter, skipTotal: 1, fields: shown })
	const full = items.length === perPage
	return { rows: items, searched: false, more: full && await another(api, page, sort, filter) }
}

// another looks for one row behind the page: a total would cost more.
async function another(api, page, sort, filter) {
	const { items } = await api.list('customers',
		{ page: page * perPage + 1, perPage: 1, sort, filter, skipTotal: 1, fields: 'id' })
	return items.length > 0
}

// total counts once for each filter; −1 is more than a thousand.
async function total(api, list, filter) {
	list.total.value = null
	try {
		const { totalItems } = await api.list('customers', { perPage: 1, filter, fields: 'id' })
		if (list.filter() === filter) list.total.value = totalItems
	} catch {
		list.total.value = null // the list itself says what is wrong
	}
}
