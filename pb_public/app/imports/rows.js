import { awaited, useAnswer } from '../components/answer.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { html, untracked, useSignal, useSignalEffect } from '../dom.js'
import { t } from '../i18n.js'
import { Mend } from './mend.js'
import { Findings } from './sample.js'

const perPage = 50
const mendable = ['failed', 'duplicate']

// Rows lists the rows of an import that ended one way; those that were refused can be mended here.
export function Rows({ session, job, outcome }) {
	const page = useSignal(1)
	const shown = useAnswer()
	const mending = useSignal(null)
	const version = useSignal(0)
	useSignalEffect(() => {
		version.value // read anew after a mending
		const at = page.value
		untracked(() => shown.ask(() => read(session.api, job, outcome, at)))
	})
	const mended = async () => {
		await job.read()
		version.value++
	}
	const it = job.state.value
	const open = mendable.includes(outcome) && it.state === 'done' && !it.options?.dry_run
	return html`<section class="k-card" data-rows=${outcome}>
		<h2>${t(`outcome_${outcome}`)}</h2>
		${awaited(shown) ?? html`<${Table} label=${t(`outcome_${outcome}`)} rows=${shown.value.value.items}
			busy=${shown.busy.value} keyOf=${(row) => row.id} empty=${t('no_rows')}
			columns=${columns(session, it, (row) => { mending.value = row }, open)} />
		<${Pager} page=${page.value} more=${shown.value.value.more} onPage=${(n) => { page.value = n }} />`}
		${mending.value && html`<${Mend} session=${session} job=${job} row=${mending.value}
			onMended=${mended} onClose=${() => { mending.value = null }} />`}
	</section>`
}

// read answers a page of rows. Rows that were stored keep no texts of their own: their customers are
// read for them.
async function read(api, job, outcome, page) {
	const { items } = await api.list('import_rows', { page, perPage, skipTotal: 1, sort: 'row',
		filter: `import=${JSON.stringify(job.id)} && outcome=${JSON.stringify(outcome)}` })
	const ids = items.filter((row) => row.record && !row.raw?.length).map((row) => row.record)
	if (ids.length > 0 && job.state.peek().collection === 'customers') {
		const found = await api.list('customers', { perPage, skipTotal: 1,
			filter: ids.map((id) => `id=${JSON.stringify(id)}`).join(' || '),
			fields: 'id,name,number,missing,masked' })
		for (const row of items) row.customer = found.items.find((one) => one.id === row.record)
	}
	return { items, more: page * perPage < (job.state.peek().counts?.[outcome] ?? 0) }
}

function columns(session, it, mend, open) {
	const at = (field) => it.mapping.columns.find((column) => column.field === field)?.index
	const name = at('name') ?? at('customer.name') ?? at('customer.number')
	return [
		{ key: 'row', title: t('row'), narrow: true, class: 'k-code', cell: (row) => row.row },
		{ key: 'name', title: session.fields.label('name'), narrow: true, cell: (row) =>
			html`<${Who} session=${session} it=${it} row=${row} name=${cellText(row.raw?.[name])} />` },
		{ key: 'findings', title: t('findings'), narrow: true, class: 'k-findings', cell: (row) =>
			html`<${Findings} session=${session} faults=${row.errors ?? []} />
				<${Missing} session=${session} customer=${row.customer} />` },
		...(open ? [{ key: 'mend', title: '', narrow: true, cell: (row) => html`<button type="button"
			class="k-button" onClick=${() => mend(row)}>${t('mend')}</button>` }] : []),
	]
}

// Who names a row's customer and leads to it: the one that the row made, or that it is a duplicate of.
function Who({ session, it, row, name }) {
	if (!row.record || it.collection !== 'customers' || it.state === 'undone') return name
	const { customer } = row
	if (customer) {
		return html`<a href=${session.href(`customers/${customer.id}`)}>
			${customer.name || customer.masked?.name || customer.number}</a>
			<small class="k-quiet k-code">${customer.number}</small>`
	}
	const link = (text) => html`<a href=${session.href(`customers/${row.record}`)}>${text}</a>`
	if (row.outcome !== 'duplicate') return link(name || t('open_customer'))
	return html`${name}<small>${link(t('open_existing'))}</small>`
}

function Missing({ session, customer }) {
	if (!customer?.missing?.length) return null
	return html`<p class="k-said-warn">${t('missing')}${t('colon')}
		${customer.missing.map(session.fields.label).join('、')}</p>`
}

// cellText is a kept cell; one with a sealed number is shown to nobody.
export const cellText = (cell) => (typeof cell === 'string' ? cell : cell ? '******' : '')
