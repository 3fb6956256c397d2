import { signal } from './dom.js'

const small = ['staff', 'departments', 'tags'] // read whole; the others one by one
const pageSize = 500

// createNames knows the names behind the ids of the small collections.
export function createNames(api) {
	const lists = Object.fromEntries(small.map((name) => [name, signal(null)]))
	let loading
	const load = async () => {
		loading ??= Promise.all(small.map(async (name) => {
			lists[name].value = await all(api, name)
		}))
		try {
			await loading
		} catch (error) {
			loading = undefined
			throw error
		}
	}
	return {
		load,
		forget: () => {
			loading = undefined
			for (const name of small) lists[name].value = null
		},
		list: (name) => lists[name].value ?? [],
		of: (name, id) => lists[name].value?.find((one) => one.id === id)?.name ?? '',
	}
}

async function all(api, collection) {
	const found = []
	for (let page = 1; ; page++) {
		const { items } = await api.list(collection,
			{ page, perPage: pageSize, skipTotal: 1, sort: 'created', fields: fieldsOf[collection] })
		found.push(...items)
		if (items.length < pageSize) return found
	}
}

const fieldsOf = { staff: 'id,name,role,department,active', departments: 'id,name,parent',
	tags: 'id,name,system,colour' }
