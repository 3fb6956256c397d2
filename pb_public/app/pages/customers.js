import { complain } from '../components/toast.js'
import { Icon } from '../components/icon.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { ExportDialog } from '../customers/export.js'
import { Filters } from '../customers/filters.js'
import { columns } from '../customers/columns.js'
import { asksEnough, createList } from '../customers/list.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// The list of customers: search as you type, filters, export.
export const mount = page(Customers)

let list // of the page that is mounted

function Customers({ session, params }) {
	const exporting = useSignal(false)
	const ready = useSignal(false)
	useEffect(() => {
		list = createList(session, params.query)
		Promise.all([session.fields.load(), session.names.load()]).then(() => {
			ready.value = true
		}, complain)
		return () => list.stop()
	}, [])
	if (!ready.value) return html`<p class="k-empty">${t('loading')}</p>`
	return html`
		<div class="k-bar">
			<h1>${t('nav_customers')}</h1>
			<${Total} />
			<div class="k-actions">
				<button type="button" class="k-button" disabled=${!session.may('export')}
					onClick=${() => { exporting.value = true }}><${Icon} name="download" />${t('export')}</button>
				${session.may('create') && html`<a class="k-button k-primary"
					href=${session.href('customers/new')}><${Icon} name="plus" />${t('new_customer')}</a>`}
			</div>
		</div>
		<${Search} />
		<${Filters} session=${session} list=${list} />
		<${Rows} session=${session} />
		${exporting.value && html`<${ExportDialog} session=${session} filter=${list.filter()}
			onClose=${() => { exporting.value = false }} />`}`
}

function Total() {
	const total = list.total.value
	if (list.q.value.trim() || total === null) return null
	return html`<span class="k-quiet">${t('total', { n: total < 0 ? '1,000+' : count(total) })}</span>`
}

function Search() {
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

function Rows({ session }) {
	const searching = asksEnough(list.q.value.trim())
	return html`
		<${Table} label=${t('nav_customers')} columns=${columns(session, list)}
			rows=${list.rows.value} keyOf=${(row) => row.id} busy=${list.busy.value}
			empty=${t(searching ? 'nothing_found' : list.filter() ? 'nothing_filtered' : 'no_customers')} />
		${!searching && html`<${Pager} page=${list.page.value} more=${list.more.value}
			onPage=${(n) => { list.page.value = n }} />`}`
}
