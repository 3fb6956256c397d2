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
