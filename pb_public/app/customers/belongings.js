import { awaited, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { Table } from '../components/table.js'
import { complain } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { keep } from '../api.js'
import { show } from '../format.js'
import { t } from '../i18n.js'
import { BelongingDialog } from './belonging_dialog.js'
import { mayEdit, nameSiblings } from './read.js'
import { Reveal } from './reveal.js'

// What belongs to a customer. A collection is asked for only where the reader's role reads the field
// behind needs; columns are shown in a table, in that order.
const collections = [
	{ name: 'contacts', needs: 'name', sort: '-primary,created', add: true,
		columns: ['name', 'title', 'mobile', 'landline', 'email', 'decision_role', 'primary'] },
	{ name: 'followups', needs: 'summary', sort: '-date', add: true,
		columns: ['date', 'staff', 'method', 'summary', 'next_step', 'next_date'] },
	{ name: 'contracts', needs: 'amount', sort: '-signed', add: true,
		columns: ['number', 'title', 'amount', 'signed', 'ends', 'state', 'file'] },
	{ name: 'orders', needs: 'amount', sort: '-date', add: true,
		columns: ['date', 'product', 'amount', 'number', 'contract', 'state'] },
	{ name: 'tickets', needs: 'subject', sort: '-opened', add: true,
		columns: ['number', 'kind', 'subject', 'state', 'opened', 'assignee'] },
	{ name: 'attachments', needs: 'file', sort: '-created', add: true,
		columns: ['category', 'title', 'contact', 'paper_ref', 'file'] },
]
const most = 100 // newest of each

export function Belongings({ session, customer, onChange }) {
	return collections.filter(({ name, needs }) => session.fields.find(`${name}.${needs}`))
		.map((shape) => html`<${Section} key=${shape.name} session=${session} customer=${customer}
			shape=${shape} onChange=${onChange} />`)
}

function Section({ session, customer, shape, onChange }) {
	const found = useAnswer()
	const open = useSignal(null) // { record } of the one that is edited, {} of a new one
	const load = () => found.ask(async () => {
		const { items } = await session.api.list(shape.name, { sort: shape.sort, perPage: most, skipTotal: 1,
			filter: `customer=${JSON.stringify(customer.id)}` })
		await nameSiblings(session, items)
		return items
	})
	useEffect(() => {
		load()
	}, [])
	const close = (saved) => {
		open.value = null
		if (saved) Promise.all([load(), onChange()])
	}
	const rows = found.value.value
	const may = shape.add && mayAdd(session, customer, shape.name)
	// whoever may not read papers is not told that there are none
	if (shape.name === 'attachments' && !may && !rows?.length) return null
	const title = session.fields.collection(shape.name)
	return html`<section class="k-card" data-collection=${shape.name}>
		<div class="k-card-head"><h2>${title}</h2>
			${rows?.length > 0 && html`<span class="k-quiet">${rows.length}</span>`}
			${may && html`<button type="button" class="k-plain" data-act="add"
				onClick=${() => { open.value = {} }}><${Icon} name="plus" />${t('add')}</button>`}
		</div>
		${awaited(found) ?? (rows.length > 0
			? html`<${Table} label=${title} rows=${rows} keyOf=${(row) => row.id}
				columns=${columnsOf(session, shape, rows, may && ((record) => {
					open.value = { record }
				}))} />`
			: html`<p class="k-quiet">${t('none_yet')}</p>`)}
		${open.value && html`<${BelongingDialog} session=${session} customer=${customer}
			collection=${shape.name} record=${open.value.record} onClose=${close} />`}
	</section>`
}

// mayAdd tells whom writing is offered: customer service writes follow-ups and tickets of every customer,
// finance contracts and orders. The server decides.
function mayAdd(session, customer, collection) {
	const role = session.role.value
	switch (collection) {
	case 'followups': case 'tickets':
		return role === 'service' || mayEdit(session, customer)
	case 'contracts': case 'orders':
		return role === 'finance' || role !== 'service' && mayEdit(session, customer)
	}
	return mayEdit(session, customer)
}

// columnsOf leaves out what no row has.
function columnsOf(session, { name, columns }, rows, edit) {
	const told = columns.flatMap((key, i) => {
		const field = session.fields.find(`${name}.${key}`)
		if (field?.kind === 'file' && rows.some((row) => row[key]?.length)) {
			return [{ key, title: session.fields.label(`${name}.${key}`), narrow: true,
				cell: (row) => html`<${FileButton} session=${session} collection=${name} row=${row}
					field=${key} />` }]
		}
		if (!field || !rows.some((row) => show(session, field, row))) return []
		return [{ key, title: session.fields.label(`${name}.${key}`), narrow: i < 3,
			numeric: field.kind === 'money', class: field.kind === 'multiline' ? 'k-prose'
				: key === 'number' || ['date', 'staff', 'serial'].includes(field.kind) ? 'k-code' : '',
			cell: (row) => (name === 'contacts' && field.reveal ? html`${show(session, field, row)}
				<${Reveal} session=${session} collection=${name} record=${row} field=${field} />`
				: show(session, field, row)) }]
	})
	const label = t('edit_one', { name: session.fields.collection(name) })
	return edit ? [...told, { key: 'edit', title: html`<span class="k-hidden">${t('edit')}</span>`,
		narrow: true,
		cell: (row) => html`<button type="button" class="k-plain" data-edit=${row.id} title=${label}
			aria-label=${label} onClick=${() => edit(row)}><${Icon} name="edit" /></button>` }] : told
}

// FileButton has a stored file sent: an address with a token that is good for minutes opens it.
function FileButton({ session, collection, row, field }) {
	const name = [row[field]].flat()[0]
	if (!name) return null
	const load = async () => {
		try {
			const token = await session.client.files.getToken()
			const path = `/api/files/${collection}/${row.id}/${encodeURIComponent(name)}`
			keep(await session.api.file(`${path}?token=${token}`))
		} catch (error) {
			complain(error)
		}
	}
	return html`<button type="button" class="k-plain" data-file=${row.id} onClick=${load}>
		<${Icon} name="download" />${t('download_file')}</button>`
}
