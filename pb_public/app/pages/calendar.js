import { awaited, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { day } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// The calendar of working days: what is a holiday this year and the next, and where a year's official
// notice is taken in.
export const mount = page(Calendar)

function Calendar({ session }) {
	const found = useAnswer()
	const load = () => found.ask(async () => {
		const year = Number(day(new Date().toISOString()).slice(0, 4))
		const years = await Promise.all([year, year + 1].map((one) =>
			session.api.get('/api/kehu/calendar', { from: `${one}-01-01`, to: `${one}-12-31` })))
		return { runs: runsOf(years.flatMap(({ days }) => days)), reminder: years[0].reminder }
	})
	useEffect(() => {
		load()
	}, [])
	if (!session.may('policies')) return html`<p class="k-empty">${t('not_yours')}</p>`
	const waiting = awaited(found)
	if (waiting) return waiting
	const { runs, reminder } = found.value.value
	return html`
		<div class="k-bar">
			<a class="k-plain" href=${session.href('policies')} aria-label=${t('policy_all')}
				title=${t('policy_all')}><${Icon} name="back" /></a>
			<div class="k-title"><h1>${t('calendar_title')}</h1>
				<p class="k-quiet">${t('calendar_help')}</p></div></div>
		${reminder && html`<p class="k-note k-tone-warn" data-reminder><${Icon} name="warn" />
			<span>${reminder.message}</span></p>`}
		<${Notice} session=${session} onStored=${load} />
		<${Table} label=${t('calendar_title')} rows=${runs} keyOf=${(run) => run.from} empty=${t('none_yet')}
			columns=${columns()} />`
}

// Notice takes a year's notice as it was published.
function Notice({ session, onStored }) {
	const text = useSignal('')
	const busy = useSignal(false)
	const problem = useSignal('')
	const store = async (event) => {
		event.preventDefault()
		busy.value = true
		problem.value = ''
		try {
			const { days } = await session.api.text('/api/kehu/calendar/notices', text.value)
			say(t('calendar_stored', { n: days }))
			text.value = ''
			onStored()
		} catch (error) {
			problem.value = error.message
		}
		busy.value = false
	}
	return html`<form class="k-card" onSubmit=${store}>
		<div class="k-field"><label for="notice">${t('calendar_notice')}</label>
			<textarea id="notice" name="notice" rows="5" required value=${text.value}
				aria-invalid=${problem.value ? 'true' : undefined} aria-describedby="notice-said"
				onInput=${(event) => { text.value = event.target.value }} />
			<p id="notice-said" class="k-said ${problem.value ? 'k-said-bad' : ''}"
				role=${problem.value ? 'alert' : undefined}>${problem.value || t('calendar_notice_help')}</p></div>
		<div class="k-actions"><button class="k-button k-primary" name="store" disabled=${busy.value}>
			${t(busy.value ? 'at_work' : 'calendar_store')}</button></div>
	</form>`
}

const weekly = 60 // what two years have that often is a day of the week

// runsOf are the days that are not as every week has them, those beside each other as one.
function runsOf(days) {
	const runs = []
	const often = new Map()
	for (const { why } of days) often.set(why, (often.get(why) ?? 0) + 1)
	const special = days.filter(({ why }) => why && often.get(why) < weekly)
	for (const { date, working, why, provisional } of special) {
		const last = runs.at(-1)
		const next = last && new Date(`${last.to}T00:00:00Z`).getTime() + 86_400_000
		const follows = next === new Date(`${date}T00:00:00Z`).getTime()
		if (last && follows && last.why === why && last.working === working) {
			last.to = date
			last.days++
		} else runs.push({ from: date, to: date, days: 1, working, why, provisional })
	}
	return runs
}

const columns = () => [
	{ key: 'from', title: t('calendar_from'), narrow: true, class: 'k-code', cell: (run) => run.from },
	{ key: 'to', title: t('calendar_to'), narrow: true, class: 'k-code', cell: (run) => run.to },
	{ key: 'days', title: t('calendar_days'), numeric: true, cell: (run) => run.days },
	{ key: 'why', title: t('calendar_why'), narrow: true, cell: (run) => html`${run.why} ${run.provisional
		&& html`<${Tag} tone="warn">${t('provisional')}<//>`}` },
	{ key: 'kind', title: t('calendar_kind'), narrow: true, cell: (run) => html`<${Tag}
		tone=${run.working ? 'plain' : 'good'}>${t(run.working ? 'calendar_work' : 'calendar_off')}<//>` },
]
