import { awaited, useAnswer } from './answer.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { Pager } from './pager.js'
import { Table } from './table.js'
import { Tag } from './tag.js'

const perPage = 50

// Narrowed lists the rows of a collection that a filter of the address picks, such as the dashboard's
// overdue work, with how many there are and the way back to the whole page.
export function Narrowed({ session, collection, expand, query, title, columns, version = 0 }) {
	const found = useAnswer()
	const page = useSignal(1)
	useEffect(() => {
		found.ask(async () => (await Promise.all([session.api.list(collection, { filter: query.get('where'),
			sort: 'due,id', expand, page: page.value, perPage }), session.names.load(), session.fields.load()]))[0])
	}, [page.value, version])
	const waiting = awaited(found)
	if (waiting) return waiting
	const { items, totalItems: total } = found.value.value
	return html`
		<div class="k-bar"><h1>${title}</h1><span class="k-quiet" data-total=${total}>
			${t('narrowed', { n: total < 0 ? '1,000+' : count(total) })}</span></div>
		<div class="k-filters"><${Tag} tone="accent">${query.get('about') || query.get('where')}<//>
			<a class="k-plain" href=${session.href(collection)}>${t('show_all')}</a></div>
		<${Table} label=${title} rows=${items} keyOf=${(row) => row.id} empty=${t('narrowed_none')}
			columns=${columns} />
		<${Pager} page=${page.value} more=${total < 0 ? items.length === perPage
			: page.value * perPage < total} onPage=${(n) => { page.value = n }} />`
}
