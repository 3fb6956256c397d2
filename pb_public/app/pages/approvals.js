import { awaited, useAnswer } from '../components/answer.js'
import { Dialog } from '../components/dialog.js'
import { Narrowed } from '../components/narrowed.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count, moment } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'
import { nameRelated } from '../customers/read.js'
import { Differences } from '../approvals/differences.js'

// Requests: those that one decides, and those that one made.
export const mount = page(Approvals)

function Approvals({ session, params }) {
	return params.query?.get('where')
		? html`<${Narrowed} session=${session} collection="approvals" query=${params.query}
			title=${t('nav_approvals')} columns=${columnsOf(session, () => {})([])} />`
		: html`<${Work} session=${session} />`
}

function Work({ session }) {
	const work = useAnswer()
	const open = useSignal(null)
	const load = () => work.ask(() => readWork(session))
	useEffect(() => {
		load()
	}, [])
	const waiting = awaited(work)
	if (waiting) return waiting
	const { decide, mine, about } = work.value.value
	const columns = columnsOf(session, (request, act) => {
		open.value = { request, act }
	}, about)
	return html`
		<div class="k-bar"><div class="k-title"><h1>${t('nav_approvals')}</h1></div></div>
		<section><h2>${t('to_decide')}</h2>
			<${Table} label=${t('to_decide')} rows=${decide}
				columns=${columns(['approve', 'reject'])} keyOf=${(row) => row.id}
				empty=${t('nothing_to_decide')} /></section>
		<section><h2>${t('my_requests')}</h2>
			<${Table} label=${t('my_requests')} columns=${columns(['cancel'])} rows=${mine}
				keyOf=${(row) => row.id} empty=${t('no_requests')} /></section>
		${open.value && html`<${Decision} session=${session} ...${open.value} onClose=${(done) => {
			open.value = null
			if (done) load()
		}} />`}`
}

// readWork reads the requests, and the names of the customers whom the reader sees.
async function readWork(session) {
	const by = `requested_by ~ "${session.me.value.id}"`
	const [{ approvals: decide }, { items: mine }] = await Promise.all([session.api.get('/api/kehu/me/tasks'),
		session.api.list('approvals', { filter: by, sort: '-requested', perPage: 50, skipTotal: 1 }),
		session.fields.load(), session.names.load()])
	const about = await nameRelated(session.api, [...decide, ...mine]
		.filter(({ customer }) => customer).map(({ customer }) => ['customer', customer]))
	return { decide, mine, about }
}

const columnsOf = (session, onAct, about = {}) => (acts) => [
	{ key: 'kind', title: t('request_kind'), narrow: true, cell: (row) => t(`request_${row.kind}`) },
	{ key: 'number', title: t('request_about'), narrow: true, cell: (row) => (row.customer
		? html`<a href=${session.href(`customers/${row.customer}`)}>${row.number}</a>
			<small>${about[row.customer]?.name}</small>`
		: row.number || row.reason || '–') },
	{ key: 'by', title: t('requested_by'), cell: (row) => row.requested_by_name },
	{ key: 'due', title: t('due'), cell: (row) => html`${moment(row.due)}
		${row.overdue && html` <${Tag} tone="bad">${t('overdue')}<//>`}
		${row.provisional?.length > 0 && html` <${Tag} tone="warn">${t('provisional')}<//>`}` },
	{ key: 'state', title: t('request_state'), cell: (row) => html`<${Tag}
		tone=${tones[row.state]}>${t(`request_is_${row.state}`)}<//><small>${outcome(row)}</small>` },
	{ key: 'acts', title: '', narrow: true, cell: (row) => row.state === 'open' && html`
		<span class="k-actions">${acts.map((act) => html`<button key=${act} type="button" class="k-button"
			data-act=${act} onClick=${() => onAct(row, act)}>${t(`act_${act}`)}</button>`)}</span>` },
]

// outcome says of a request whom it waits for, or who decided it and with what words.
const outcome = (row) => (row.state === 'open'
	? row.decider_role && t('waits_for', { role: t(`role_${row.decider_role}`) })
	: [row.decided_by_name, row.note].filter(Boolean).join(t('colon')))

const tones = { open: 'accent', approved: 'good', rejected: 'bad', stale: 'warn' }

// Decision shows what would change and takes the note.
function Decision({ session, request, act, onClose }) {
	const note = useSignal('')
	const busy = useSignal(false)
	let done = false
	const submit = async () => {
		busy.value = true
		try {
			await session.api.post(`/api/kehu/approvals/${request.id}/${act}`, { note: note.value })
			done = true
			say(t(`done_${act}`))
			onClose(true)
		} catch (error) {
			complain(error)
			busy.value = false
		}
	}
	return html`<${Dialog} wide title=${`${t(`act_${act}`)} ${request.number ?? ''}`}
		onClose=${() => done || onClose(false)} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary"
			disabled=${busy.value}>${t(`act_${act}`)}</button>`}>
		${request.reason && html`<p>${t('request_reason')}${t('colon')}${request.reason}</p>`}
		${request.payload?.customers > 0 && html`<p data-batch>${t('batch_holds',
			{ n: count(request.payload.customers) })} <a target="_blank"
			href=${session.href('customers?status=pending')}>${t('batch_look')}</a></p>`}
		<${Differences} session=${session} payload=${request.payload} />
		<label class="k-field">${t('request_note')}
			<textarea name="note" rows="3" value=${note.value}
				onInput=${(event) => { note.value = event.target.value }} /></label>
	<//>`
}
