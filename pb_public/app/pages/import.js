import { awaited, useAnswer } from '../components/answer.js'
import { html, useEffect } from '../dom.js'
import { t } from '../i18n.js'
import { createImport } from '../imports/import.js'
import { Past } from '../imports/past.js'
import { Prepare } from '../imports/prepare.js'
import { Result } from '../imports/result.js'
import { Running } from '../imports/running.js'
import { Upload } from '../imports/upload.js'
import { page } from '../page.js'
import { Icon } from '../components/icon.js'

// Imports: choose a workbook, see what it means, run it, mend what was wrong, take it back.
export const mount = page(Import)

function Import({ session, params }) {
	const known = useAnswer()
	useEffect(() => {
		known.ask(() => Promise.all([session.fields.load(), session.names.load()]))
	}, [])
	if (!session.may('import')) return html`<p class="k-empty">${t('import_not_yours')}</p>`
	const waiting = awaited(known)
	if (waiting) return waiting
	return params.id ? html`<${One} session=${session} id=${params.id} />`
		: html`<h1>${t('nav_import')}</h1>
			<${Upload} session=${session} campaign=${params.query?.get('campaign') ?? ''} />
			<${Past} session=${session} />`
}

function One({ session, id }) {
	const read = useAnswer()
	useEffect(() => {
		const made = createImport(session, id)
		read.ask(async () => {
			await made.read()
			return made
		})
		return () => made.stop()
	}, [])
	const waiting = awaited(read)
	if (waiting) return waiting
	const job = read.value.value
	const it = job.state.value
	return html`
		<div class="k-bar">
			<a class="k-plain" href=${session.href('import')} aria-label=${t('all_imports')}
				title=${t('all_imports')}><${Icon} name="back" /></a>
			<div class="k-title"><h1>${it.file_name}</h1>
				<p class="k-quiet"><span>${session.fields.collection(it.collection)}</span>
					<span>${it.by_name}</span></p></div>
		</div>
		<${Steps} state=${it.state} dry=${it.options?.dry_run} />
		${it.note && html`<p class="k-note k-tone-accent"><${Icon} name="info" /><span>${it.note}</span></p>`}
		<${stages[it.state] ?? Result} session=${session} job=${job} />`
}

const stages = { previewing: Reading, ready: Prepare, running: Running }

function Reading() {
	return html`<div class="k-card"><p>${t('reading_workbook')}</p><progress /></div>`
}

const steps = ['upload', 'prepare', 'run', 'result']
const stepOf = { previewing: 0, ready: 1, running: 2 }

function Steps({ state }) {
	const at = stepOf[state] ?? 3
	return html`<ol class="k-steps">${steps.map((step, i) => html`<li key=${step}
		class=${i < at ? 'k-done' : i === at ? 'k-now' : ''}
		aria-current=${i === at ? 'step' : undefined}>${t(`step_${step}`)}</li>`)}</ol>`
}
