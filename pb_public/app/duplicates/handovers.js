import { awaited, useAnswer } from '../components/answer.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect } from '../dom.js'
import { count, moment } from '../format.js'
import { t } from '../i18n.js'

const perPage = 20
const undoFor = 24 * 60 * 60 * 1000 // milliseconds; the server decides

// PastHandovers lists the newest handovers; those of the last day can be taken back.
export function PastHandovers({ session }) {
	const found = useAnswer()
	const load = () => found.ask(() => session.api.list('handovers',
		{ perPage, sort: '-created', skipTotal: 1 }))
	useEffect(() => {
		load()
	}, [])
	const undo = async (row) => {
		try {
			const { customers, left } = await session.api.post(`/api/kehu/handovers/${row.id}/undo`)
			say(t('handover_undone', { n: count(customers.length) }) +
				(left.length ? t('semicolon') + t('handover_left_over', { n: count(left.length) }) : ''))
			await load()
		} catch (error) {
			complain(error)
		}
	}
	return html`<section class="k-card"><h2>${t('past_handovers')}</h2>
		${awaited(found) ?? html`<${Table} label=${t('past_handovers')} columns=${columns(session, undo)}
			rows=${found.value.value.items} keyOf=${(row) => row.id} empty=${t('no_handovers')} />`}</section>`
}

const recent = (row) => Date.now() - new Date(String(row.at).replace(' ', 'T')).getTime() < undoFor

const columns = (session, undo) => [
	{ key: 'from', title: t('handover_from'), narrow: true, cell: (row) =>
		session.names.of('staff', row.from) },
	{ key: 'to', title: t('handover_to'), narrow: true, cell: (row) => session.names.of('staff', row.to) },
	{ key: 'customers', title: t('nav_customers'), numeric: true, cell: (row) => count(row.customers?.length) },
	{ key: 'by', title: t('merge_by'), cell: (row) => row.by_name },
	{ key: 'at', title: t('at'), class: 'k-code', cell: (row) => moment(row.at) },
	{ key: 'undo', title: '', narrow: true, cell: (row) => (row.undone
		? html`<${Tag}>${t('state_undone')}<//>`
		: recent(row) && html`<button type="button" class="k-button" name="undo_handover"
			onClick=${() => undo(row)}>${t('undo_handover')}</button>`) },
]
