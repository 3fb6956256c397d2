import { awaited, useAnswer } from '../components/answer.js'
import { Narrowed } from '../components/narrowed.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// One's own work: what is to be done, the most urgent first.
export const mount = page(Tasks)

function Tasks({ session, params }) {
	return params.query?.get('where')
		? html`<${Narrowed} session=${session} collection="tasks" expand="customer" query=${params.query}
			title=${t('nav_tasks')} columns=${overdueOf(session)} />`
		: html`<${Mine} session=${session} />`
}

function Mine({ session }) {
	const work = useAnswer()
	const load = () => work.ask(async () => {
		const mine = `state="open" && assignee=${JSON.stringify(session.me.value.id)}`
		const [answer, { items }] = await Promise.all([session.api.get('/api/kehu/me/tasks'),
			session.api.list('tasks',
				{ filter: mine, expand: 'customer', sort: 'due', perPage: most, skipTotal: 1 })])
		const about = new Map(items.map((one) => [one.id, one.expand]))
		return { ...answer, tasks: answer.tasks.map((one) => ({ ...one, expand: about.get(one.id) })) }
	})
	useEffect(() => {
		load()
	}, [])
	const waiting = awaited(work)
	if (waiting) return waiting
	const finish = (task) => session.api.post(`/api/kehu/tasks/${task.id}/done`, {}).then(() => {
		say(t('task_finished'))
		load()
	}, complain)
	const { tasks, approvals, overdue } = work.value.value
	return html`
		<div class="k-bar"><div class="k-title"><h1>${t('nav_tasks')}</h1>
			<p class="k-quiet"><a href=${session.href('approvals')}>${t('to_decide')} ${approvals.length}</a>
				<span>${t('overdue')} ${overdue.length}</span></p></div></div>
		<${Table} label=${t('nav_tasks')} rows=${tasks} keyOf=${(task) => task.id} empty=${t('no_tasks')}
			columns=${columnsOf(session, finish)} />`
}

const most = 200 // as many as the route of one's own work answers
const byAct = ['complete', 'approval', 'campaign'] // what only the act itself closes

const titleColumn = (session) => (
	{ key: 'title', title: t('task'), narrow: true, cell: (task) => {
		const to = task.customer ? `customers/${task.customer}` : task.kind === 'campaign' ? 'campaigns' : ''
		return to ? html`<a href=${session.href(to)}>${titleOf(task)}</a>` : titleOf(task)
	} })

// customerColumn says about whom a task is, to whoever may know.
const customerColumn = () => ({ key: 'customer', title: t('place_customers'), narrow: true,
	cell: ({ expand }) => {
		const { name, masked, number } = expand?.customer ?? {}
		return name ?? masked?.name ?? number ?? '–'
	} })

const columnsOf = (session, finish) => [
	titleColumn(session), customerColumn(),
	{ key: 'due', title: t('due'), narrow: true, cell: (task) => html`${moment(task.due)}
		${task.overdue && html` <${Tag} tone="bad">${t('overdue')}<//>`}` },
	{ key: 'acts', title: '', narrow: true, cell: (task) => !byAct.includes(task.kind) && html`
		<button type="button" class="k-button" onClick=${() => finish(task)}>${t('task_done')}</button>` },
]

// Of everybody's tasks, those that a filter picks.
const overdueOf = (session) => [
	titleColumn(session), customerColumn(),
	{ key: 'assignee', title: t('assignee'), narrow: true,
		cell: (task) => session.names.of('staff', task.assignee) },
	{ key: 'due', title: t('due'), narrow: true, class: 'k-code', cell: (task) => moment(task.due) },
]

const titleOf = (task) => task.title ?? task.masked?.title
