import { awaited, useAnswer } from '../components/answer.js'
import { Bars, many, Months, toList } from '../dashboard/charts.js'
import { Health } from '../dashboard/health.js'
import { Progress } from '../dashboard/progress.js'
import { html, useEffect } from '../dom.js'
import { lang, t } from '../i18n.js'
import { page } from '../page.js'

const fields = ['stage', 'tier', 'value_level', 'status', 'kind', 'relationship', 'macro_region', 'industry',
	'owner', 'department']

// The dashboard: how many customers of each sort one sees, and how well they are kept; each number leads
// to its list.
export const mount = page(Dashboard)

function Dashboard({ session }) {
	const found = useAnswer()
	useEffect(() => {
		found.ask(async () => (await Promise.all([session.api.get('/api/kehu/dashboard'),
			session.fields.load()]))[0])
	}, [])
	const waiting = awaited(found)
	if (waiting) return waiting
	const it = found.value.value
	const { quality } = it
	const heads = [it.total, ...it.overdue, quality.duplicates].filter(Boolean)
	return html`
		<div class="k-bar"><h1>${t('nav_dashboard')}</h1></div>
		<div class="k-outcomes">${heads.map((one) => html`<a key=${one.key} class="k-figure ${one.key !== 'total'
			&& one.n ? 'k-tone-warn' : 'k-tone-plain'}" data-figure=${one.key} href=${one.key === 'total'
			? session.href('customers') : toList(session, '', one)}>
			<strong>${many(one)}</strong><span>${lang.value === 'en' ? one.label_en : one.label}</span></a>`)}
		</div>
		<${Health} session=${session} />
		<${Progress} people=${it.progress} />
		<div class="k-charts">
			<${Months} session=${session} title=${t('dash_created')} figures=${it.created} />
			<${Bars} session=${session} name="completeness" title=${t('dash_completeness')}
				figures=${quality.completeness} />
			<${Bars} session=${session} name="freshness" title=${t('dash_freshness')}
				figures=${quality.freshness} />
			${fields.filter((key) => it[key]?.length).map((key) => html`<${Bars} key=${key} session=${session}
				name=${key} title=${session.fields.label(key)} figures=${it[key]} />`)}
		</div>`
}
