import { Dialog } from '../components/dialog.js'
import { html } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'

// Undo asks once more before an import is taken back.
export function Undo({ job, onClose }) {
	const { counts, file_name } = job.state.value
	const undo = async () => {
		await job.undo()
		onClose()
	}
	return html`<${Dialog} title=${t('undo_import')} onClose=${onClose} onSubmit=${undo}
		actions=${html`<button class="k-button k-danger" disabled=${job.busy.value}>
			${t('undo_import')}</button>`}>
		<p>${t('undo_asks', { file: file_name, created: count(counts.created + counts.incomplete),
			updated: count(counts.updated) })}</p>
		<p class="k-quiet">${t('undo_help')}</p>
	<//>`
}
