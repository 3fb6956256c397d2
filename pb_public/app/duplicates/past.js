import { awaited, useAnswer } from '../components/answer.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { html, untracked, useSignal, useSignalEffect } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'
import { UndoMerge } from './undo.js'

const perPage = 20

// PastMerges lists the merges that were made, the newest first.
export function PastMerges({ session, onChange }) {
	const page = useSignal(1)
	const found = useAnswer()
	const asked = useSignal(null)
	const load = (at) => found.ask(() => session.api.list('merges',
		{ page: at, perPage, sort: '-created', skipTotal: 1 }))
	useSignalEffect(() => {
		const at = page.value
		untracked(() => load(at))
	})
	const done = () => {
		load(page.value)
		onChange()
	}
	const rows = found.value.value?.items
	return html`<section class="k-card"><h2>${t('past_merges')}</h2>
		${awaited(found) ?? html`<${Table} label=${t('past_merges')} columns=${columns(session, asked)}
			rows=${rows} keyOf=${(row) => row.id} empty=${t('no_merges')} busy=${found.busy.value} />
		<${Pager} page=${page.value} more=${rows.length === perPage} onPage=${(n) => { page.value = n }} />`}
		${asked.value && html`<${UndoMerge} session=${session} merge=${asked.value} onDone=${done}
			onClose=${() => { asked.value = null }} />`}
	</section>`
}

// goneNumbers are the numbers of the customers that a merge took in.
export const goneNumbers = (merge) => (merge.merged ?? []).map((id) => merge.numbers?.[id] ?? id)

const columns = (session, asked) => [
	{ key: 'kept', title: t('merge_survivor'), narrow: true, class: 'k-code', cell: (row) =>
		html`<a href=${session.href(`customers/${row.kept}`)}>${row.numbers?.[row.kept] ?? row.kept}</a>` },
	{ key: 'merged', title: t('merge_gone_numbers'), narrow: true, class: 'k-code', cell: (row) =>
		goneNumbers(row).join(' ') },
	{ key: 'by', title: t('merge_by'), cell: (row) => row.by_name },
	{ key: 'created', title: t('at'), class: 'k-code', cell: (row) => moment(row.created) },
	{ key: 'state', title: t('state'), cell: (row) => html`<${Tag} tone=${row.undone ? 'plain' : 'good'}>
		${t(row.undone ? 'state_undone' : 'merge_stands')}<//>` },
	{ key: 'undo', title: '', narrow: true, cell: (row) => !row.undone && html`<button type="button"
		class="k-button" name="undo_merge" onClick=${() => { asked.value = row }}>${t('undo_merge')}</button>` },
]
