import { Icon } from '../components/icon.js'
import { OptionTag, Tag } from '../components/tag.js'
import { html } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'

// columns of the list; of a search, which answers fewer fields and says what matched.
export function columns(session, list) {
	const searching = list.searched.value // the rows that stand there, not those asked for
	const { label } = session.fields
	const option = (key) => ({ key, title: label(key),
		cell: (row) => html`<${OptionTag} session=${session} field=${key} value=${row[key]} />` })
	const all = [
		{ key: 'number', title: label('number'), class: 'k-code', cell: (row) => row.number },
		{ key: 'name', title: label('name'), narrow: true, class: 'k-name-cell',
			cell: (row) => html`<${Name} session=${session} row=${row}
				typed=${searching ? list.q.value.trim() : ''} />` },
		option('kind'), { ...option('stage'), narrow: true },
	]
	const owner = { key: 'owner', title: label('owner'),
		cell: (row) => session.names.of('staff', row.owner) }
	if (searching) return [...all, option('status'), owner, matched(session)]
	return [...all, option('tier'), option('status'), owner, updated(session, list), missing(session)]
}

function Name({ session, row, typed }) {
	const name = row.name || row.masked?.name || row.short_name || row.number
	return html`<a href=${session.href(`customers/${row.id}`)}>${marked(name, typed)}</a>
		${row.short_name && row.name && html`<small class="k-quiet">${marked(row.short_name, typed)}</small>`}`
}

// marked sets off what was typed.
function marked(text, typed) {
	const at = typed ? text.toLowerCase().indexOf(typed.toLowerCase()) : -1
	if (at < 0) return text
	return [text.slice(0, at), html`<mark>${text.slice(at, at + typed.length)}</mark>`,
		text.slice(at + typed.length)]
}

function updated(session, list) {
	const down = list.sort.value === '-updated'
	return { key: 'updated', class: 'k-code', sort: down ? 'descending' : 'ascending',
		title: html`<button type="button" class="k-plain k-sort"
			onClick=${() => list.choose('sort', down ? 'updated' : '-updated')}>
			${t('updated')}<${Icon} name=${down ? 'down' : 'up'} /></button>`,
		cell: (row) => moment(row.updated) }
}

function missing(session) {
	return { key: 'missing', title: session.fields.label('missing'), cell: ({ missing: keys }) =>
		keys?.length > 0 && html`<${Tag} tone="warn"
			title=${keys.map(session.fields.label).join('、')}>${t('n_missing', { n: keys.length })}<//>` }
}

function matched(session) {
	return { key: 'matched', title: t('matched'), cell: (row) =>
		row.matched.map((path) => html`<${Tag} key=${path}>${session.fields.label(path)}<//>`) }
}
