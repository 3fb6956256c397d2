import { awaited, Unread, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { ExportDialog } from '../customers/export.js'
import { Filters } from '../customers/filters.js'
import { columns } from '../customers/columns.js'
import { asksEnough, createList } from '../customers/list.js'
import { Pool } from '../customers/pool.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// The list of customers: search as you type, filters, export.
export const mount = page(Customers)

function Customers({ session, params }) {
	const known = useAnswer()
	const pool = params.query.has('pool') && session.may('pool')
	useEffect(() => {
		const made = createList(session, params.query)
		known.ask(async () => {
			await Promise.all([session.fields.load(), session.names.load()])
			return made
		})
		return made.stop
	}, [])
	const waiting = awaited(known)
	if (waiting) return waiting
	const list = known.value.value
	if (pool) return html`<${PoolBar} session=${session} /><${Pool} session=${session} />`
	return html`
		<${Bar} session=${session} list=${list} />
		<${Search} list=${list} />
		<${Filters} session=${session} list=${list} />
		<${Rows} session=${session} list=${list} />`
}

function Bar({ session, list }) {
	const exporting = useSignal(false)
	const total = list.total.value
	const show = (on) => () => {
		exporting.value = on
	}
	return html`<div class="k-bar">
		<h1>${t('nav_customers')}</h1>
		${total !== null && !list.searched.value && html`<span class="k-quiet" data-total=${total}>
			${t('total', { n: total < 0 ? '1,000+' : count(total) })}</span>`}
		<div class="k-actions">
			${session.may('pool') && html`<a class="k-button"
				href=${session.href('customers?pool=1')}>${t('pool')}</a>`}
			${session.may('export') && html`<button type="button" class="k-button" name="export"
				onClick=${show(true)}><${Icon} name="download" />${t('export')}</button>`}
			${session.may('create') && html`<a class="k-button k-primary"
				href=${session.href('customers/new')}><${Icon} name="plus" />${t('new_customer')}</a>`}
		</div>
		${exporting.value && html`<${ExportDialog} session=${session} filter=${list.filter()}
			onClose=${show(false)} />`}
	</div>`
}

function PoolBar({ session }) {
	return html`<div class="k-bar">
		<h1>${t('pool')}</h1>
		<div class="k-actions"><a class="k-button"
			href=${session.href('customers')}>${t('nav_customers')}</a></div>
	</div>`
}

function Search({ list }) {
	const type = (event) => {
		list.q.value = event.target.value
	}
	const toRows = (event) => {
		if (event.key !== 'ArrowDown') return
		event.preventDefault()
		document.querySelector('.k-table tbody a')?.focus()
	}
	const typed = list.q.value.trim()
	return html`<div class="k-search" role="search">
		<${Icon} name="search" />
		<input type="search" name="q" value=${list.q.value} maxlength="100" autocomplete="off" autofocus
			placeholder=${t('search_placeholder')} aria-label=${t('search')}
			onInput=${type} onKeyDown=${toRows} />
		<p class="k-said" role="status">${typed && !asksEnough(typed) ? t('search_more') : ''}</p>
	</div>`
}

// Nobody is in the register yet: the ways in.
function Nobody({ session }) {
	return html`${t('no_customers')}${session.may('import') && html`${' '}<a
		href=${session.href('import')}>${t('nav_import')}</a>`}`
}

function Rows({ session, list }) {
	const searching = asksEnough(list.q.value.trim())
	if (list.failed.value) return html`<${Unread} error=${list.failed.value} again=${list.again} />`
	return html`
		<${Table} label=${t('nav_customers')} columns=${columns(session, list)}
			rows=${list.rows.value} keyOf=${(row) => row.id} busy=${list.busy.value}
			empty=${searching || list.filter() ? t(searching ? 'nothing_found' : 'nothing_filtered')
				: html`<${Nobody} session=${session} />`} />
		${!searching && html`<${Pager} page=${list.page.value} more=${list.more.value}
			onPage=${(n) => { list.page.value = n }} />`}`
}
