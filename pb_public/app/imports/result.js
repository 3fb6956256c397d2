import { keep } from '../api.js'
import { Icon } from '../components/icon.js'
import { complain } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { count, moment } from '../format.js'
import { t } from '../i18n.js'
import { StateTag } from './past.js'
import { Rows } from './rows.js'
import { Undo } from './undo.js'

// The ways in which a row may end; together they are all rows of the sheet.
export const outcomes = ['created', 'updated', 'unchanged', 'incomplete', 'duplicate', 'failed', 'blank']
const tones = { created: 'good', updated: 'good', incomplete: 'warn', duplicate: 'bad', failed: 'bad' }
const wrong = ['failed', 'duplicate']

// Result says what became of every row and leads to each of them.
export function Result({ session, job }) {
	const it = job.state.value
	const counts = it.counts ?? {}
	const chosen = useSignal(wrong.find((name) => counts[name] > 0) ?? '')
	const undoing = useSignal(false)
	return html`
		<section class="k-card" data-result=${it.state}>
			<div class="k-card-head"><h2>${t('result')}</h2>
				<${StateTag} state=${it.state} dry=${it.options?.dry_run} />
				<span class="k-quiet">${moment(it.finished)}</span></div>
			${it.error && html`<p class="k-note k-tone-bad"><${Icon} name="warn" /><span>${it.error}</span></p>`}
			<${Told} it=${it} counts=${counts} />
			<div class="k-outcomes" role="group" aria-label=${t('result')}>
				${outcomes.map((name) => html`<button type="button" key=${name} name="outcome_${name}"
					class="k-figure k-tone-${counts[name] ? tones[name] ?? 'plain' : 'plain'}"
					aria-pressed=${chosen.value === name ? 'true' : 'false'} disabled=${!counts[name]}
					onClick=${() => { chosen.value = name }}>
					<strong>${count(counts[name])}</strong><span>${t(`outcome_${name}`)}</span></button>`)}
				<div class="k-figure"><strong>${count(counts.total)}</strong><span>${t('outcome_total')}</span></div>
			</div>
			<${Actions} session=${session} job=${job} undoing=${undoing} />
		</section>
		<${Touched} session=${session} undone=${job.undone.value} />
		${chosen.value && html`<${Rows} key=${chosen.value} session=${session} job=${job}
			outcome=${chosen.value} />`}
		${undoing.value && html`<${Undo} job=${job} onClose=${() => { undoing.value = false }} />`}`
}

function Told({ it, counts }) {
	if (it.state === 'undone') {
		const { restored, touched } = counts
		return html`<p>${t('undone_says', { restored: count(restored), touched: count(touched) })}</p>`
	}
	if (it.options?.dry_run) return html`<p>${t('dry_says')}</p>`
	if (it.state === 'cancelled') return html`<p>${t('cancelled_says')}</p>`
	if (counts.pending > 0) return html`<p>${t('import_pending', { n: count(counts.pending) })}</p>`
	return null
}

function Actions({ session, job, undoing }) {
	const it = job.state.value
	const counts = it.counts ?? {}
	const dry = it.options?.dry_run
	const wrote = !dry && counts.created + counts.updated + counts.incomplete > 0
	const faulty = wrong.some((name) => counts[name] > 0) || counts.incomplete > 0
	const busy = job.busy.value
	return html`<div class="k-actions">
		${faulty && html`<button type="button" class="k-button" name="errors"
			onClick=${() => job.errors().then(keep, complain)}>
			<${Icon} name="download" />${t('error_workbook')}</button>`}
		${wrote && it.state !== 'undone' && html`<button type="button" class="k-button" name="undo"
			disabled=${busy} onClick=${() => { undoing.value = true }}>
			<${Icon} name="undo" />${t('undo_import')}</button>`}
		${dry && it.state !== 'undone' && html`<button type="button" class="k-button k-primary" name="in_earnest"
			disabled=${busy} onClick=${() => job.start(false)}>${t('import_in_earnest')}</button>`}
		<a class="k-button ${dry ? '' : 'k-primary'}" href=${session.href('import')}>${t('next_import')}</a>
	</div>`
}

// Touched lists what an undo left as it is.
function Touched({ session, undone }) {
	if (!undone?.touched.length) return null
	return html`<section class="k-card"><h2>${t('touched_rows')}</h2>
		<ul>${undone.touched.map((row) => html`<li key=${row.row}>${t('row')} ${row.row}${t('colon')}
			<a href=${session.href(`customers/${row.record}`)}>${t('open_customer')}</a> ${row.message}</li>`)}
		</ul></section>`
}
