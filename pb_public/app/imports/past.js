import { awaited, useAnswer } from '../components/answer.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { html, untracked, useSignal, useSignalEffect } from '../dom.js'
import { count, moment } from '../format.js'
import { t } from '../i18n.js'

const perPage = 20
const tones = { done: 'good', failed: 'bad', running: 'accent', ready: 'accent' }

// StateTag names how far an import is.
export const StateTag = ({ state, dry }) => html`<${Tag} tone=${tones[state]}>
	${t(state === 'done' && dry ? 'state_dry_done' : `state_${state}`)}<//>`

// Past lists the imports that were made, the newest first.
export function Past({ session }) {
	const page = useSignal(1)
	const found = useAnswer()
	useSignalEffect(() => {
		const at = page.value
		untracked(() => found.ask(() => session.api.list('imports', { page: at, perPage, sort: '-created',
			skipTotal: 1, fields: 'id,file_name,collection,state,counts,options,total,created,by_name' })))
	})
	const rows = found.value.value?.items
	return html`<section class="k-card"><h2>${t('past_imports')}</h2>
		${awaited(found) ?? html`<${Table} label=${t('past_imports')} columns=${columns(session)} rows=${rows}
			keyOf=${(row) => row.id} empty=${t('no_imports')} busy=${found.busy.value} />
		<${Pager} page=${page.value} more=${rows.length === perPage} onPage=${(n) => { page.value = n }} />`}
	</section>`
}

const columns = (session) => [
	{ key: 'file', title: t('file'), narrow: true, class: 'k-name-cell', cell: (row) =>
		html`<a href=${session.href(`import/${row.id}`)}>${row.file_name}</a>` },
	{ key: 'collection', title: t('import_what'), cell: (row) => session.fields.collection(row.collection) },
	{ key: 'state', title: t('state'), narrow: true, cell: (row) =>
		html`<${StateTag} state=${row.state} dry=${row.options?.dry_run} />` },
	{ key: 'rows', title: t('row_count'), numeric: true, cell: (row) => count(row.counts?.total || row.total) },
	{ key: 'taken', title: t('taken'), numeric: true, cell: ({ counts }) => count(
		(counts?.created ?? 0) + (counts?.incomplete ?? 0) + (counts?.updated ?? 0)) },
	{ key: 'refused', title: t('refused'), numeric: true, cell: ({ counts }) => count(
		(counts?.failed ?? 0) + (counts?.duplicate ?? 0)) },
	{ key: 'by', title: t('by'), cell: (row) => row.by_name },
	{ key: 'created', title: t('at'), class: 'k-code', cell: (row) => moment(row.created) },
]
