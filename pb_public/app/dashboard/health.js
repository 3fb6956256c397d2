import { Icon } from '../components/icon.js'
import { Tag } from '../components/tag.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count, jobName, moment, size } from '../format.js'
import { t } from '../i18n.js'

const tones = { good: 'good', attention: 'warn', bad: 'bad' }

// Where what is wrong is mended: the page, and the action that it needs.
const pageOf = { calendar_missing: ['calendar', 'policies'], no_backup: ['backups', 'backups'],
	restore_unproven: ['backups', 'backups'] }

// Health shows those who run the register how it fares; it is there for nobody else.
export function Health({ session }) {
	const it = useSignal(null)
	useEffect(() => {
		session.api.get('/api/kehu/health').then((answer) => {
			it.value = answer
		}, () => {}) // the page is of use without it
	}, [])
	if (!it.value?.verdict) return null
	const { verdict, conditions, imports, jobs, failed_jobs: failed, disk_free: free, backups } = it.value
	return html`<section class="k-card" data-health=${verdict}>
		<div class="k-card-head"><h2>${t('health')}</h2>
			<${Tag} tone=${tones[verdict]}>${t(`health_${verdict}`)}<//></div>
		${conditions.map((one) => html`<p key=${one.code} class="k-note k-tone-warn">
			<${Icon} name="warn" /><span>${one.message}</span>
			<${Way} session=${session} to=${pageOf[one.code]} /></p>`)}
		<dl class="k-facts">
			<div><dt>${t('backup_newest')}</dt><dd><a href=${session.href('backups')}>
				${moment(backups?.newest_at) || t('backup_never')}</a></dd></div>
			<div><dt>${t('backup_proven')}</dt><dd>${moment(backups?.proven_at) || t('backup_never')}</dd></div>
			<div><dt>${t('health_imports')}</dt><dd>${t('health_imports_says',
				{ running: count(imports?.running), waiting: count(imports?.waiting) })}</dd></div>
			<div><dt>${t('health_jobs')}</dt><dd>${failed?.length ? failed.map(jobName).join('、')
				: t(jobs ? 'health_jobs_good' : 'none_yet')}</dd></div>
			${free > 0 && html`<div><dt>${t('backup_disk')}</dt><dd>${size(free)}</dd></div>`}
		</dl>
	</section>`
}

// Way leads to the page where it is mended, for those who have it.
function Way({ session, to }) {
	if (!to || !session.may(to[1])) return null
	return html`<a href=${session.href(to[0])}>${t('to_page')}</a>`
}
