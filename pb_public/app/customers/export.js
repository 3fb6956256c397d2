import { keep } from '../api.js'
import { Dialog } from '../components/dialog.js'
import { say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'

const poll = 500 // milliseconds
const minReason = 4 // characters

// ExportDialog asks what an export is for and hands over the file.
export function ExportDialog({ session, filter, onClose }) {
	const reason = useSignal('')
	const format = useSignal('xlsx')
	const problem = useSignal('')
	const busy = useSignal(false)
	const type = (event) => {
		reason.value = event.target.value
		problem.value = ''
	}
	const submit = async () => {
		if ([...reason.value.trim()].length < minReason) {
			problem.value = t('reason_short')
			return
		}
		busy.value = true
		problem.value = ''
		try {
			say(await run(session.api, { filter, format: format.value, reason: reason.value.trim() }))
			onClose()
		} catch (error) {
			problem.value = error.message
			busy.value = false
		}
	}
	return html`<${Dialog} title=${t('export')} onClose=${onClose} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary" disabled=${busy.value}>
			${t(busy.value ? 'exporting' : 'export')}</button>`}>
		<p>${t(filter ? 'export_filtered' : 'export_all')}</p>
		<div class="k-field ${problem.value ? 'k-field-bad' : ''}">
			<label for="export-reason">${t('reason')}<span class="k-required">*</span></label>
			<textarea id="export-reason" name="reason" rows="2" value=${reason.value} maxlength="1000"
				aria-invalid=${problem.value ? 'true' : undefined} aria-describedby="export-said"
				onInput=${type} />
			<p id="export-said" class="k-said ${problem.value ? 'k-said-bad' : ''}" role="alert">
				${problem.value || t('export_reason_help')}</p>
		</div>
		<div class="k-ticks" role="radiogroup" aria-label=${t('format')}>
			${['xlsx', 'csv'].map((one) => html`<label key=${one} class="k-tick">
				<input type="radio" name="format" value=${one} checked=${format.value === one}
					onChange=${() => { format.value = one }} /><span>${t(`format_${one}`)}</span>
			</label>`)}
		</div>
	<//>`
}

async function run(api, body) {
	let job = await api.post('/api/kehu/exports', { collection: 'customers', ...body })
	if (job.state === 'awaiting_approval') return t('export_awaits')
	while (job.state === 'running') {
		await new Promise((resolve) => setTimeout(resolve, poll))
		job = await api.get(`/api/kehu/exports/${job.id}`)
	}
	if (job.state !== 'done') throw new Error(job.error || t('failed', { status: job.state }))
	keep(await api.file(`/api/kehu/exports/${job.id}/file`))
	return t('exported', { n: count(job.rows) })
}
