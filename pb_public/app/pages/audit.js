import { Entry, actName, actOf, acts } from '../audit/entry.js'
import { Verify } from '../audit/verify.js'
import { awaited, useAnswer } from '../components/answer.js'
import { DateInput } from '../components/date_input.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { html, useEffect, useSignal } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'
import { placeName, places } from '../places.js'

const asked = ['actor', 'action', 'collection', 'record', 'from', 'to']
const perPage = 50

// The audit log: who did what to what and when; a search, and the check that nothing was changed in it.
export const mount = page(Audit)

function Audit({ session, params }) {
	const ask = useSignal(Object.fromEntries(asked.map((key) => [key, params.query?.get(key) ?? ''])))
	const marks = useSignal(['']) // where each page begins that was turned to
	const answer = useAnswer()
	const open = useSignal(null)
	const load = () => {
		const given = Object.entries(ask.value).filter(([, value]) => value)
		session.replace(`audit?${new URLSearchParams(given)}`)
		answer.ask(async () => {
			const [found] = await Promise.all([session.api.get('/api/kehu/audit',
				{ ...Object.fromEntries(given), limit: perPage, page: marks.value.at(-1) }),
			session.fields.load(), session.names.load()])
			return found
		})
	}
	const from = (next) => {
		marks.value = next
		load()
	}
	const narrow = (key, value) => {
		ask.value = { ...ask.value, [key]: value }
		from([''])
	}
	useEffect(() => {
		load()
	}, [])
	if (!session.may('audit')) return html`<p class="k-empty">${t('not_yours')}</p>`
	const found = answer.value.value
	if (!found && !answer.failed.value) return awaited(answer)
	return html`
		<${Verify} session=${session} />
		<${Filters} session=${session} ask=${ask} onFind=${() => from([''])} />
		${awaited(answer) ?? html`<${Table} label=${t('nav_audit')} rows=${found.items}
			keyOf=${(row) => row.seq} busy=${answer.busy.value} empty=${t('audit_none')}
			columns=${columns(session, narrow, (row) => { open.value = row })} />
		<${Pager} page=${marks.value.length} more=${Boolean(found.next)} onPage=${(n) => from(
			n > marks.value.length ? [...marks.value, found.next] : marks.value.slice(0, n))} />`}
		${open.value && html`<${Entry} session=${session} entry=${open.value}
			onClose=${() => { open.value = null }} />`}`
}

function Filters({ session, ask, onFind }) {
	const set = (key) => (event) => {
		ask.value = { ...ask.value, [key]: event.target.value }
	}
	const select = (key, options) => html`<label class="k-filter"><span>${t(`audit_${key}`)}</span>
		<select name=${key} onChange=${set(key)}><option value="" selected=${!ask.value[key]}>${t('all')}</option>
			${options.map(([value, label]) => html`<option key=${value} value=${value}
				selected=${value === ask.value[key]}>${label}</option>`)}</select></label>`
	const input = (key) => html`<label class="k-filter"><span>${t(`audit_${key}`)}</span>
		<input type="search" name=${key} value=${ask.value[key]} placeholder=${t('audit_record_hint')}
			onInput=${set(key)} /></label>`
	const date = (key) => html`<label class="k-filter"><span>${t(`audit_${key}`)}</span>
		<${DateInput} name=${key} value=${ask.value[key]} onValue=${(value) => {
			ask.value = { ...ask.value, [key]: value }
		}} /></label>`
	const submit = (event) => {
		event.preventDefault()
		onFind()
	}
	const staff = session.names.list('staff').map((one) => [one.id, one.name])
	const { actor } = ask.value
	if (actor && !staff.some(([id]) => id === actor)) staff.push([actor, actor])
	const clear = () => {
		ask.value = Object.fromEntries(asked.map((key) => [key, '']))
		onFind()
	}
	return html`<form class="k-filters" role="search" onSubmit=${submit}>
		${select('actor', staff)}
		${select('action', acts.map((one) => [one, actName(one)]))}
		${select('collection', places.map((one) => [one, placeName(session, one)]))}
		${input('record')} ${date('from')} ${date('to')}
		<button class="k-button" name="find">${t('archive_search')}</button>
		${asked.some((key) => ask.value[key]) && html`<button type="button" class="k-plain"
			onClick=${clear}>${t('clear_filters')}</button>`}
	</form>`
}

// A customer is asked for by its number, whatever else by its id.
const recordOf = (row) => (row.collection === 'customers' && row.record_called || row.record)

const columns = (session, narrow, open) => [
	{ key: 'at', title: t('audit_at'), narrow: true, class: 'k-code k-when', cell: (row) => moment(row.at) },
	{ key: 'actor', title: t('audit_actor'), narrow: true, class: 'k-code', cell: (row) => html`
		<button type="button" class="k-plain k-inline" title=${t('audit_only')}
			onClick=${() => narrow('actor', row.actor)}>${row.actor_name || row.actor || '–'}</button>
		<small class="k-quiet">${row.role ? t(`role_${row.role}`) : ''}</small>` },
	{ key: 'action', title: t('audit_action'), narrow: true, class: 'k-code', cell: actOf },
	{ key: 'what', title: t('audit_what'), narrow: true, cell: (row) => html`
		${row.collection ? placeName(session, row.collection) : '–'}
		${row.record && html` <button type="button" class="k-plain k-inline ${row.record_called ? '' : 'k-code'}"
			title=${t('audit_only')} data-record=${row.record}
			onClick=${() => narrow('record', recordOf(row))}>${row.record_called || row.record}</button>`}` },
	{ key: 'reason', title: t('reason'), cell: (row) => row.detail?.reason ?? '–' },
	{ key: 'ip', title: t('audit_ip'), class: 'k-code', cell: (row) => row.ip || '–' },
	{ key: 'more', title: '', narrow: true, cell: (row) => html`<button type="button" class="k-plain"
		data-seq=${row.seq} onClick=${() => open(row)}>${t('audit_more')}</button>` },
]
