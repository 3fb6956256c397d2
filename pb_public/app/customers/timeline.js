import { Unread } from '../components/answer.js'
import { Tag } from '../components/tag.js'
import { html, useEffect, useSignal } from '../dom.js'
import { moment, show } from '../format.js'
import { t } from '../i18n.js'
import { placeName } from '../places.js'
import { nameRelated } from './read.js'

// The fields of each collection that make its line, and the one that names who did it.
const lines = {
	followups: [['method', 'summary', 'feedback', 'next_step'], 'staff'],
	contracts: [['number', 'title', 'amount', 'state']],
	orders: [['product', 'amount', 'state', 'number']],
	tickets: [['number', 'kind', 'subject', 'state'], 'assignee'],
	attachments: [['category', 'title']],
	consents: [['purposes', 'method']],
}
const tones = { open: 'accent', approved: 'good', done: 'good', rejected: 'bad', stale: 'warn' }

// Timeline is all that happened with a customer, the newest first.
export function Timeline({ session, customer }) {
	const events = useSignal(null)
	const next = useSignal('')
	const names = useSignal({})
	const busy = useSignal(false)
	const failed = useSignal(null)
	const load = async () => {
		if (busy.value) return
		busy.value = true
		failed.value = null
		try {
			const before = next.value ? `?before=${encodeURIComponent(next.value)}` : ''
			const answer = await session.api.get(`/api/kehu/customers/${customer.id}/timeline${before}`)
			names.value = { ...names.value, ...await namesIn(session, answer.items) }
			events.value = [...events.value ?? [], ...answer.items]
			next.value = answer.next
		} catch (error) {
			failed.value = error
		}
		busy.value = false
	}
	useEffect(() => {
		load()
	}, [])
	const unread = failed.value && html`<${Unread} error=${failed.value} again=${load} />`
	if (!events.value) return unread ?? html`<p class="k-empty">${t('loading')}</p>`
	if (events.value.length === 0) return html`<p class="k-empty">${t('timeline_none')}</p>`
	return html`<section class="k-card" data-timeline>
		<ol class="k-timeline">${grouped(events.value).map((one) => html`
			<li key=${one.id}><time>${one.at.length > 10 ? moment(one.at) : one.at}</time>
				<div><${Event} session=${session} event=${one} names=${names.value} /></div></li>`)}</ol>
		${unread}
		${next.value && html`<button type="button" class="k-button" name="earlier" disabled=${busy.value}
			onClick=${load}>${t('timeline_earlier')}</button>`}
	</section>`
}

// grouped puts what one act changed into one event.
function grouped(events) {
	const found = []
	for (const one of events) {
		const last = found.at(-1)
		if (one.collection === 'changes' && last?.collection === 'changes' &&
			last.record.by === one.record.by && last.at.slice(0, 19) === one.at.slice(0, 19)) {
			last.changes.push(one.record)
		} else found.push({ ...one, changes: [one.record] })
	}
	return found
}

function Event({ session, event, names }) {
	const { collection, record } = event
	switch (collection) {
	case 'changes':
		return html`<${Tag}>${placeName(session, collection)}<//>
			<${Who} name=${record.by_name} note=${record.reason} />
			<ul>${event.changes.map((one) => html`<${Change} key=${one.id} session=${session}
				change=${one} names=${names} />`)}</ul>`
	case 'tasks':
		return html`<${Tag}>${placeName(session, collection)}<//>
			<${Tag} tone=${tones[record.state]}>${t(`task_is_${record.state}`)}<//>
			<${Who} name=${session.names.of('staff', record.assignee)} />
			<p>${record.title ?? record.masked?.title}</p>`
	case 'approvals':
		return html`<${Tag}>${placeName(session, collection)}<//>
			<${Tag} tone=${tones[record.state]}>${t(`request_is_${record.state}`)}<//>
			<${Who} name=${record.requested_by_name} />
			<p>${[t(`request_${record.kind}`), record.reason].filter(Boolean).join(t('colon'))}</p>`
	}
	const [keys, who] = lines[collection]
	const said = keys.map((key) => fieldOf(session, collection, key))
		.map((field) => field && show(session, field, record)).filter(Boolean)
	return html`<${Tag} tone="accent">${placeName(session, collection)}<//>
		<${Who} name=${who && session.names.of('staff', record[who])} />
		<p>${said.join(' · ') || '–'}</p>`
}

const fieldOf = (session, collection, key) => session.fields.find(`${collection}.${key}`)

const Who = ({ name, note }) => [name, note].filter(Boolean).map((one) => html` <span
	class="k-quiet">${one}</span>`)

// Change is one field that got another value.
function Change({ session, change, names }) {
	const field = fieldOf(session, change.collection, change.field)
	if (!field) return null
	const value = (key) => show(session, field, { [field.key]: change[key] ?? change.masked?.[key],
		expand: { [field.key]: names[change[key]] } }) || '–'
	const path = `${change.collection}.${change.field}`
	const of = change.collection === 'customers' ? '' : `${placeName(session, change.collection)} `
	const label = of + session.fields.label(path)
	return html`<li>${label}${t('colon')}${field.kind === 'json' ? t('timeline_changed')
		: html`<del>${value('old')}</del> → <ins>${value('new')}</ins>`}</li>`
}

// namesIn are the records that values of changes name by their ids.
function namesIn(session, events) {
	const ids = events.filter(({ collection }) => collection === 'changes').flatMap(({ record }) => {
		const kind = fieldOf(session, record.collection, record.field)?.kind
		return [record.old, record.new].filter((id) => id && typeof id === 'string').map((id) => [kind, id])
	})
	return nameRelated(session.api, ids)
}
