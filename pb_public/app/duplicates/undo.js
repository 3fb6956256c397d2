import { Dialog } from '../components/dialog.js'
import { say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { goneNumbers } from './past.js'

// UndoMerge says what an undo brings back and what it leaves, before it is done.
export function UndoMerge({ session, merge, onDone, onClose }) {
	const said = useSignal(null)
	const problem = useSignal('')
	const path = `/api/kehu/merges/${merge.id}/undo`
	const ask = (body) => session.api.post(path, body).catch((error) => {
		problem.value = error.message
	})
	useEffect(() => {
		ask({ dry_run: true }).then((answer) => {
			said.value = answer
		})
	}, [])
	const submit = async () => {
		if (!await ask({})) return
		say(t('undo_merge_done'))
		onClose()
		onDone()
	}
	const ready = said.value && !problem.value
	return html`<${Dialog} title=${t('undo_merge')} onClose=${onClose} onSubmit=${submit}
		actions=${html`<button class="k-button k-danger" name="confirm_undo" disabled=${!ready}>
			${t('undo_merge')}</button>`}>
		<p>${t('undo_merge_asks', { numbers: goneNumbers(merge).join(' ') })}</p>
		<${Stays} said=${said.value} />
		${problem.value && html`<p class="k-said k-said-bad" role="alert">${problem.value}</p>`}
	<//>`
}

function Stays({ said }) {
	if (!said || said.edits.length + said.added.length + said.gone.length + said.left.length === 0) return null
	return html`<div class="k-note k-tone-warn"><div><p>${t('undo_merge_stays')}</p><ul>
		${said.edits.length > 0 && html`<li>${t('undo_merge_edits',
			{ list: said.edits.map(({ label }) => label).join('、') })}</li>`}
		${said.added.length > 0 && html`<li>${t('undo_merge_added', { n: count(said.added.length) })}</li>`}
		${said.gone.length > 0 && html`<li>${t('undo_merge_gone', { n: count(said.gone.length) })}</li>`}
		${said.left.length > 0 && html`<li>${t('undo_merge_left', { n: count(said.left.length) })}</li>`}
	</ul></div></div>`
}
