import { signal } from './dom.js'
import { useZone } from './format.js'
import { lang, t } from './i18n.js'

const nth = /^(\w+)\.(\d+)\.(\w+)$/ // contacts.2.mobile: the second contact of a row

// createFields is the product's one table of fields, as far as the reader's role goes.
export function createFields(api) {
	const table = signal(null)
	let loading
	const load = async () => {
		loading ??= api.get('/api/kehu/fields')
		try {
			const answer = await loading
			useZone(answer.zone)
			table.value = index(answer)
		} catch (error) {
			loading = undefined
			throw error
		}
	}
	const find = (path) => table.value?.fields[path] ?? table.value?.fields[`customers.${path}`]
	const word = (one) => one?.[lang.value === 'en' ? 'en' : 'zh']
	const fields = {
		load, find,
		ready: () => table.value !== null,
		forget: () => {
			table.value = null
			loading = undefined
		},
		of: (collection) => table.value?.collections[collection] ?? [],
		collection: (name) => word(table.value?.labels[name]) ?? name,
		// label names "key", "collection.key" or "collection.n.key".
		label: (path) => {
			const several = path.match(nth)
			if (several) return `${fields.label(`${several[1]}.${several[3]}`)} ${several[2]}`
			return word(find(path.replace(/^customer\./, ''))) ?? t(path)
		},
		option: (path, key) => word(find(path)?.options.find((o) => o.key === key)) ?? key,
		help: (field) => (lang.value === 'en' ? field.help_en : field.help),
	}
	return fields
}

function index({ collections, labels = {} }) {
	const fields = {}
	for (const [collection, list] of Object.entries(collections)) {
		for (const field of list) fields[`${collection}.${field.key}`] = { ...field, collection }
	}
	return { collections, labels, fields }
}
