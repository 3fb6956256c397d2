import { awaited, useAnswer } from '../components/answer.js'
import { Confirm } from '../components/confirm.js'
import { Pager } from '../components/pager.js'
import { OptionTag } from '../components/tag.js'
import { Table } from '../components/table.js'
import { say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { t } from '../i18n.js'

// Pool is the shared pool: customers of one's department that nobody followed up, for whoever claims them.
export function Pool({ session }) {
	const found = useAnswer()
	const page = useSignal(1)
	const wanted = useSignal(null)
	const load = (n) => {
		page.value = n
		found.ask(() => session.api.get('/api/kehu/pool', { page: n }))
	}
	useEffect(() => { load(1) }, [])
	const waiting = awaited(found)
	if (waiting) return waiting
	const { items, more, left } = found.value.value
	const closed = (done) => {
		const { number } = wanted.value
		wanted.value = null
		if (done) say(t('pool_claimed', { number }))
		load(page.value)
	}
	return html`
		${left !== undefined && html`<p class="k-quiet">${t('pool_left', { n: left })}</p>`}
		<${Table} label=${t('pool')} rows=${items} keyOf=${(row) => row.id} empty=${t('pool_empty')}
			columns=${columns(session, left, (row) => { wanted.value = row })} />
		<${Pager} page=${page.value} more=${more} onPage=${load} />
		${wanted.value && html`<${Confirm} title=${t('pool_claim')} label=${t('pool_claim')} onClose=${closed}
			run=${() => session.api.post(`/api/kehu/customers/${wanted.value.id}/claim`)}>
			<p>${t('pool_asks', { number: wanted.value.number, name: nameOf(wanted.value) })}</p><//>`}`
}

const nameOf = (row) => row.name ?? row.masked?.name ?? ''

function columns(session, left, onClaim) {
	const option = (key) => ({ key, title: session.fields.label(key),
		cell: (row) => html`<${OptionTag} session=${session} field=${key} value=${row[key]} />` })
	return [
		{ key: 'number', title: session.fields.label('number'), class: 'k-code', cell: (row) => row.number },
		{ key: 'name', title: session.fields.label('name'), narrow: true, cell: nameOf },
		option('kind'), option('stage'), option('tier'),
		{ key: 'since', title: t('pool_since'), class: 'k-code', cell: (row) => row.since },
		{ key: 'claim', title: '', narrow: true, cell: (row) => left !== undefined && html`<button type="button"
			class="k-button" name="claim" disabled=${!row.claimable || left === 0}
			title=${row.claimable ? '' : t('pool_not_yet')}
			onClick=${() => onClaim(row)}>${t('pool_claim')}</button>` },
	]
}
