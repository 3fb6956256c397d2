// readCustomer reads a customer with the names of what it refers to.
export async function readCustomer(session, id) {
	const [record] = await Promise.all([
		session.api.one('customers', id, { expand: 'industry,division,parent,campaign' }),
		session.fields.load(), session.names.load(),
	])
	record.expand ??= {}
	await nameDivision(session.api, record)
	return record
}

// nameDivision puts province and city before a district's name (GB/T 2260 codes).
export async function nameDivision(api, record) {
	const code = record.division
	if (!code) return
	const chain = [...new Set([`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code])]
	const { items } = await api.list('divisions', { skipTotal: 1, sort: 'id', fields: 'name',
		filter: chain.map((one) => `id=${JSON.stringify(one)}`).join(' || ') })
	record.expand.division = { name: items.map((one) => one.name).join('') }
}

const related = { industry: 'industries', division: 'divisions', customer: 'customers' }

// nameRelated answers the names behind ids that are given as [kind of the field, id].
export async function nameRelated(api, pairs) {
	const names = {}
	await Promise.all(Object.entries(related).map(async ([kind, collection]) => {
		const ids = [...new Set(pairs.filter(([one]) => one === kind).map(([, id]) => id))]
		if (ids.length === 0) return
		const { items } = await api.list(collection, { skipTotal: 1, perPage: ids.length,
			filter: ids.map((id) => `id=${JSON.stringify(id)}`).join(' || ') })
		for (const { id, name, masked } of items) names[id] = { name: name ?? masked?.name }
	}))
	return names
}

// siblings are the fields that name what belongs to the same customer, and the collection of it.
export const siblings = { contact: 'contacts', contract: 'contracts' }

// nameSiblings reads what rows name in those fields, as it is shown to this reader.
export async function nameSiblings(session, rows) {
	await Promise.all(Object.entries(siblings).map(async ([key, collection]) => {
		const named = rows.filter((row) => row[key])
		if (named.length === 0 || !session.fields.of(collection).length) return
		const { items } = await session.api.list(collection, { skipTotal: 1, perPage: named.length,
			filter: named.map((row) => `id=${JSON.stringify(row[key])}`).join(' || ') })
		const found = new Map(items.map((one) => [one.id, one]))
		for (const row of named) row.expand = { ...row.expand, [key]: found.get(row[key]) }
	}))
}

// mayEdit tells whom an editing is offered; the server decides.
export function mayEdit(session, customer) {
	switch (session.role.value) {
	case 'data_admin':
	case 'manager':
		return true
	case 'sales':
		return customer.owner === session.me.value.id
	case 'service':
	case 'marketing':
		return customer.owner === session.me.value.id && customer.status === 'draft'
	}
	return false
}
