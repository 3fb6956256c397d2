import { Icon } from '../components/icon.js'
import { html } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { Mapping } from './mapping.js'
import { Options } from './options.js'
import { Sample } from './sample.js'

// Prepare is the time before the start: what the columns mean, what the first rows hold, what to do
// with what is there already.
export function Prepare({ session, job }) {
	const { preview } = job.state.value
	const busy = job.busy.value
	const starting = job.starting.value
	return html`
		<${Summary} session=${session} job=${job} preview=${preview} />
		<${Mapping} session=${session} job=${job} preview=${preview} />
		<${Sample} session=${session} preview=${preview} />
		<${Options} session=${session} job=${job} preview=${preview} />
		<div class="k-foot">
			<span class="k-quiet" role="status">${busy ? t('checking') : ''}</span>
			<button type="button" class="k-button" disabled=${busy} onClick=${() => job.cancel()}>
				${t('discard')}</button>
			<button type="button" class="k-button" name="dry_run" disabled=${starting}
				onClick=${() => job.start(true)}><${Icon} name="check" />${t('dry_run')}</button>
			<button type="button" class="k-button k-primary" name="start" disabled=${starting}
				onClick=${() => job.start(false)}>${t('start_import')}</button>
		</div>`
}

function Summary({ session, job, preview }) {
	const visible = preview.sheets.filter((sheet) => !sheet.hidden)
	return html`<section class="k-card k-summary">
		<${Figure} name="rows" n=${preview.rows} />
		<${Figure} name="checked" n=${preview.checked} />
		<${Figure} name="faulty" n=${preview.faulty} tone=${preview.faulty ? 'bad' : 'good'} />
		<${Figure} name="unmapped" n=${preview.unmapped?.length ?? 0} />
		${preview.hidden_rows > 0 && html`<${Figure} name="hidden_rows" n=${preview.hidden_rows} tone="warn" />`}
		${preview.sheets.length > 1 && html`<label class="k-filter"><span>${t('sheet')}</span>
			<select name="sheet" disabled=${job.busy.value}
				onChange=${(event) => job.change({ sheet: event.target.value })}>
				${preview.sheets.map(({ name, hidden }) => html`<option key=${name} value=${name}
					selected=${name === preview.sheet}>${name}${hidden ? ` (${t('hidden')})` : ''}</option>`)}
			</select></label>`}
		<${Commonest} session=${session} faults=${preview.faults ?? []} />
		<${MissingHere} session=${session} preview=${preview} />
		${visible.length < preview.sheets.length && html`<p class="k-quiet">${t('hidden_sheets')}</p>`}
	</section>`
}

export function Figure({ name, n, tone }) {
	return html`<div class="k-figure k-tone-${tone ?? 'plain'}"><strong>${count(n)}</strong>
		<span>${t(`figure_${name}`)}</span></div>`
}

// Commonest names what is wrong in several rows: often one act mends them all.
function Commonest({ session, faults }) {
	if (faults.length === 0) return null
	return html`<div class="k-summary-note" data-commonest><span class="k-quiet">${t('faults_commonest')}</span>
		<ul>${faults.map((one) => html`<li key=${one.field + one.message}>
			${one.field && html`<strong>${session.fields.label(one.field)}</strong> `}${one.message}
			${' '}<strong>${t('n_rows', { n: count(one.n) })}</strong></li>`)}</ul></div>`
}

function MissingHere({ session, preview }) {
	const missing = Object.entries(preview.missing ?? {}).sort(([, a], [, b]) => b - a)
	if (missing.length === 0) return null
	return html`<p class="k-summary-note"><span class="k-quiet">${t('missing_here')}</span>
		${missing.map(([path, n]) => `${session.fields.label(path)} ${count(n)}`).join('、')}</p>`
}
