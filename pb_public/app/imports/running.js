import { Progress } from '../components/progress.js'
import { html } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { outcomes } from './result.js'

// Running shows how far an import is.
export function Running({ job }) {
	const progress = job.progress.value ?? { done: 0, total: job.state.value.total }
	const waiting = progress.done === 0 && !progress.rate
	return html`<section class="k-card" data-running>
		<h2>${t(job.state.value.options?.dry_run ? 'dry_running' : 'running')}</h2>
		<${Progress} ...${progress} />
		<p class="k-quiet" role="status">${waiting ? t('waiting') : outcomes
			.filter((name) => progress.counts?.[name] > 0)
			.map((name) => `${t(`outcome_${name}`)} ${count(progress.counts[name])}`).join(t('comma'))}</p>
		<p class="k-quiet">${t('may_leave')}</p>
		<div class="k-actions"><button type="button" class="k-button" disabled=${job.busy.value}
			onClick=${() => job.cancel()}>${t('cancel_import')}</button></div>
	</section>`
}
