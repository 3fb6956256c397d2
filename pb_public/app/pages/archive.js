import { awaited, useAnswer } from '../components/answer.js'
import { Dialog } from '../components/dialog.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count, day, moment } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'
import { placeName } from '../places.js'

const states = ['kept', 'restored', 'purged']
const tones = { kept: 'accent', restored: 'good' }

// What left the register: found by name or number, restored, or destroyed when its time has passed.
export const mount = page(Archives)

function Archives({ session, params }) {
	const q = useSignal(params.query?.get('q') ?? '')
	const state = useSignal(params.query?.get('q') ? '' : 'kept')
	const at = useSignal(1)
	const answer = useAnswer()
	const open = useSignal(null)
	const load = () => answer.ask(async () => {
		const [found] = await Promise.all([session.api.get('/api/kehu/archives',
			{ q: q.value, state: state.value, page: at.value }), session.fields.load(), session.names.load()])
		return found
	})
	useEffect(() => {
		load()
	}, [at.value, state.value])
	const found = answer.value.value
	if (!found && !answer.failed.value) return awaited(answer)
	const search = (event) => {
		event.preventDefault()
		at.value = 1
		load()
	}
	const act = (row, what) => {
		open.value = { row, what }
	}
	const close = (done) => {
		open.value = null
		if (done) load()
	}
	return html`
		<div class="k-bar"><h1>${t('nav_archives')}</h1></div>
		<form class="k-filters" role="search" onSubmit=${search}>
			<label class="k-filter"><span>${t('archive_find')}</span>
				<input type="search" name="q" value=${q.value} onInput=${(event) => {
					q.value = event.target.value
				}} /></label>
			<label class="k-filter"><span>${t('archive_state')}</span>
				<select name="state" value=${state.value} onChange=${(event) => {
					at.value = 1
					state.value = event.target.value
				}}><option value="">${t('archive_all')}</option>
					${states.map((one) => html`<option key=${one} value=${one}>${t(`archive_is_${one}`)}</option>`)}
				</select></label>
			<button class="k-button" name="find">${t('archive_search')}</button>
		</form>
		${awaited(answer) ?? html`<${Table} label=${t('nav_archives')} columns=${columns(session, act)}
			rows=${found.items} keyOf=${(row) => row.id} empty=${t('archive_none')} busy=${answer.busy.value} />
		<${Pager} page=${at.value} more=${found.more} onPage=${(n) => { at.value = n }} />`}
		${open.value?.what === 'certificate'
			? html`<${Certificate} session=${session} row=${open.value.row} onClose=${() => close(false)} />`
			: open.value && html`<${Reason} session=${session} ...${open.value} onClose=${close} />`}`
}

const columns = (session, act) => [
	{ key: 'number', title: session.fields.label('number'), narrow: true, class: 'k-code',
		cell: (row) => row.number },
	{ key: 'name', title: session.fields.label('name'), narrow: true,
		cell: (row) => row.name || row.masked?.name || '–' },
	{ key: 'reason', title: t('archive_reason'), cell: (row) => row.reason || '–' },
	{ key: 'archived', title: t('archive_at'), cell: (row) => day(row.archived) },
	{ key: 'until', title: t('archive_until'), cell: (row) => html`${row.retain_until}
		${row.hold_reason && html` <${Tag} tone="warn">${t('archive_held')}<//>`}` },
	{ key: 'state', title: t('archive_state'), cell: (row) => html`<${Tag}
		tone=${tones[row.state]}>${t(`archive_is_${row.state}`)}<//>` },
	{ key: 'acts', title: '', narrow: true, cell: (row) => html`<span class="k-actions">
		${row.may_restore && html`<button type="button" class="k-button" data-act="restore"
			onClick=${() => act(row, 'restore')}>${t('archive_restore')}</button>`}
		${row.may_purge && html`<button type="button" class="k-button" data-act="purge"
			onClick=${() => act(row, 'purge')}>${t('archive_purge')}</button>`}
		${row.certificate && html`<button type="button" class="k-button" data-act="certificate"
			onClick=${() => act(row, 'certificate')}>${t('archive_certificate')}</button>`}</span>` },
]

// Reason takes why something is restored or to be destroyed.
function Reason({ session, row, what, onClose }) {
	const reason = useSignal('')
	const busy = useSignal(false)
	let done = false
	const submit = async () => {
		busy.value = true
		try {
			const answer = await session.api.post(`/api/kehu/archives/${row.id}/${what}`, { reason: reason.value })
			done = true
			say(t(`archive_${what}_done`, { number: row.number }))
			if (what === 'restore') session.go(`customers/${answer.customer}`)
			else onClose(true)
		} catch (error) {
			complain(error)
			busy.value = false
		}
	}
	return html`<${Dialog} title=${t(`archive_${what}_title`, { number: row.number })} onSubmit=${submit}
		onClose=${() => done || onClose(false)} actions=${html`<button class="k-button k-primary"
			name=${`confirm_${what}`} disabled=${busy.value}>${t(`archive_${what}`)}</button>`}>
		<p class="k-quiet">${t(`archive_${what}_help`)}</p>
		<label class="k-field">${t('archive_why')}
			<textarea name="reason" rows="3" required value=${reason.value}
				onInput=${(event) => { reason.value = event.target.value }} /></label>
	<//>`
}

// Certificate shows what was destroyed, by whom, and on whose word.
function Certificate({ session, row, onClose }) {
	const said = row.certificate
	const lines = [
		['archive_number', row.number], ['archive_at', moment(said.archived || row.archived)],
		['archive_until', said.retain_until || row.retain_until],
		['archive_destroyed', moment(said.destroyed || row.purged)],
		['archive_counts', Object.entries(said.counts ?? {}).map(([name, n]) =>
			`${placeName(session, name)} ${count(n)}`).join('、')],
		['archive_key', t(said.key_destroyed ? 'archive_key_gone' : 'archive_key_none')],
		['archive_hash', said.snapshot_sha256], ['archive_why', said.reason],
		['requested_by', said.requested_by_name], ['archive_approved_by', said.approved_by_name],
	].filter(([, value]) => value)
	return html`<${Dialog} title=${t('archive_certificate')} onClose=${onClose}>
		<dl class="k-facts" data-certificate>${lines.map(([key, value]) => html`
			<div key=${key} class=${key === 'archive_hash' ? 'k-long' : undefined}><dt>${t(key)}</dt>
				<dd>${value}</dd></div>`)}
		</dl>
	<//>`
}
