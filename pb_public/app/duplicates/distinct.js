import { Dialog } from '../components/dialog.js'
import { say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const minReason = 4 // characters

// Distinct remembers that two customers are not one, for a reason.
export function Distinct({ session, pair, names, onDone, onClose }) {
	const reason = useSignal('')
	const problem = useSignal('')
	const submit = async () => {
		if ([...reason.value.trim()].length < minReason) {
			problem.value = t('reason_short')
			return
		}
		try {
			await session.api.post(`/api/kehu/duplicates/${pair.id}/distinct`, { reason: reason.value.trim() })
			say(t('not_same_done'))
			onClose()
			onDone()
		} catch (error) {
			problem.value = error.message
		}
	}
	return html`<${Dialog} title=${t('not_same')} onClose=${onClose} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary" name="confirm_distinct">${t('not_same')}</button>`}>
		<p>${t('not_same_asks', { a: names[0], b: names[1] })}</p>
		<${Reason} value=${reason} problem=${problem.value} />
	<//>`
}

// Reason asks why; value is a signal.
export function Reason({ value, problem, label = t('reason'), help = '' }) {
	return html`<div class="k-field ${problem ? 'k-field-bad' : ''}">
		<label for="why">${label}</label>
		<textarea id="why" name="reason" rows="2" maxlength="500" value=${value.value}
			aria-invalid=${problem ? 'true' : undefined} aria-describedby="why-said"
			onInput=${(event) => { value.value = event.target.value }} />
		<p id="why-said" class="k-said ${problem ? 'k-said-bad' : ''}" role="alert">${problem || help}</p>
	</div>`
}
