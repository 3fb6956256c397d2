import { Icon } from '../components/icon.js'
import { Table } from '../components/table.js'
import { complain } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { show } from '../format.js'
import { t } from '../i18n.js'
import { BelongingDialog } from './belonging_dialog.js'
import { mayEdit } from './read.js'
import { Reveal } from './reveal.js'

// What belongs to a customer. A collection is asked for only where the reader's role reads the field
// behind needs; columns are shown in a table, in that order.
const collections = [
	{ name: 'contacts', needs: 'name', sort: '-primary,created', add: true,
		columns: ['name', 'title', 'mobile', 'landline', 'email', 'decision_role', 'primary'] },
	{ name: 'followups', needs: 'summary', sort: '-date', add: true,
		columns: ['date', 'staff', 'method', 'summary', 'next_step', 'next_date'] },
	{ name: 'contracts', needs: 'amount', sort: '-signed',
		columns: ['number', 'title', 'amount', 'signed', 'starts', 'ends', 'state'] },
	{ name: 'orders', needs: 'amount', sort: '-date',
		columns: ['date', 'product', 'amount', 'number', 'state'] },
	{ name: 'tickets', needs: 'subject', sort: '-opened',
		columns: ['number', 'kind', 'subject', 'state', 'opened', 'assignee'] },
]
const most = 100 // newest of each

export function Belongings({ session, customer, onChange }) {
	return collections.filter(({ name, needs }) => session.fields.find(`${name}.${needs}`))
		.map((shape) => html`<${Section} key=${shape.name} session=${session} customer=${customer}
			shape=${shape} onChange=${onChange} />`)
}

function Section({ session, customer, shape, onChange }) {
	const rows = useSignal(null)
	const adding = useSignal(false)
	const load = () => session.api.list(shape.name, { filter: `customer=${JSON.stringify(customer.id)}`,
		sort: shape.sort, perPage: most, skipTotal: 1 }).then(({ items }) => {
		rows.value = items
	}, complain)
	useEffect(() => {
		load()
	}, [])
	const close = (saved) => {
		adding.value = false
		if (saved) Promise.all([load(), onChange()])
	}
	const title = session.fields.collection(shape.name)
	return html`<section class="k-card" data-collection=${shape.name}>
		<div class="k-card-head"><h2>${title}</h2>
			${rows.value?.length > 0 && html`<span class="k-quiet">${rows.value.length}</span>`}
			${shape.add && mayAdd(session, customer, shape.name) && html`<button type="button" class="k-plain"
				onClick=${() => { adding.value = true }}><${Icon} name="plus" />${t('add')}</button>`}
		</div>
		${rows.value?.length > 0
			? html`<${Table} label=${title} rows=${rows.value} keyOf=${(row) => row.id}
				columns=${columnsOf(session, shape, rows.value)} />`
			: html`<p class="k-quiet">${t(rows.value ? 'none_yet' : 'loading')}</p>`}
		${adding.value && html`<${BelongingDialog} session=${session} customer=${customer}
			collection=${shape.name} onClose=${close} />`}
	</section>`
}

// mayAdd: customer service writes the follow-ups of every customer.
const mayAdd = (session, customer, collection) => mayEdit(session, customer) ||
	collection === 'followups' && session.role.value === 'service'

// columnsOf leaves out what no row has.
function columnsOf(session, { name, columns }, rows) {
	return columns.flatMap((key, i) => {
		const field = session.fields.find(`${name}.${key}`)
		if (!field || !rows.some((row) => show(session, field, row))) return []
		return [{ key, title: session.fields.label(`${name}.${key}`), narrow: i < 3,
			numeric: field.kind === 'money', class: field.kind === 'multiline' ? 'k-prose'
				: ['date', 'staff', 'serial'].includes(field.kind) ? 'k-code' : '',
			cell: (row) => (name === 'contacts' && field.reveal ? html`${show(session, field, row)}
				<${Reveal} session=${session} collection=${name} record=${row} field=${field} />`
				: show(session, field, row)) }]
	})
}
