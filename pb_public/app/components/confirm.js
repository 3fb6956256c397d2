import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { Dialog } from './dialog.js'
import { Icon } from './icon.js'

// Confirm asks once more before something is done, and says in place why it did not succeed. run does
// it, and answers once it is done; onClose(done) takes the dialog away.
export function Confirm({ title, label, danger, run, onClose, children }) {
	const busy = useSignal(false)
	const problem = useSignal('')
	const submit = async () => {
		busy.value = true
		problem.value = ''
		try {
			await run()
			onClose(true)
		} catch (error) {
			problem.value = error.message
			busy.value = false
		}
	}
	return html`<${Dialog} title=${title} onSubmit=${submit} onClose=${() => onClose(false)}
		actions=${html`<button class="k-button ${danger ? 'k-danger' : 'k-primary'}" name="confirm"
			disabled=${busy.value}>${busy.value ? t('at_work') : label}</button>`}>
		${children}
		${problem.value && html`<p class="k-note k-tone-bad" role="alert"><${Icon} name="warn" />
			<span>${problem.value}</span></p>`}
	<//>`
}
