import { DateInput } from '../components/date_input.js'
import { Dialog } from '../components/dialog.js'
import { placed, Said } from '../components/said.js'
import { complain, say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

// ArchiveButton asks for an active customer to be archived, with the reason and the day of the last
// contact. Whoever reads the customer may ask; the head of its department decides.
export function ArchiveButton({ session, customer }) {
	const asking = useSignal(false)
	if (customer.status !== 'active') return null
	return html`
		<button type="button" class="k-button" data-act="archive"
			onClick=${() => { asking.value = true }}>${t('archive_ask')}</button>
		${asking.value && html`<${Asking} session=${session} customer=${customer}
			onClose=${() => { asking.value = false }} />`}`
}

// The field that a refusal of the whole is about.
const about = { reason_length: 'reason', archive_last_contact: 'last_contact' }

function Asking({ session, customer, onClose }) {
	const words = useSignal({ reason: '', last_contact: customer.last_contact ?? '' })
	const refused = useSignal({})
	const busy = useSignal(false)
	let done = false
	const submit = async () => {
		busy.value = true
		try {
			await session.api.post(`/api/kehu/customers/${customer.id}/archive`, words.value)
			done = true
			say(t('archive_asked'))
			onClose()
		} catch (error) {
			const { code, message, data } = error
			refused.value = code in about ? { [about[code]]: { message } } : data ?? {}
			if (!placed({ data: refused.value }, Object.keys(words.value))) complain(error)
			busy.value = false
		}
	}
	const put = (key, value) => {
		words.value = { ...words.value, [key]: value }
	}
	return html`<${Dialog} title=${t('archive_ask_title', { number: customer.number })} onSubmit=${submit}
		onClose=${() => done || onClose()} actions=${html`<button class="k-button k-primary"
			name="confirm_archive" disabled=${busy.value}>${t('archive_ask')}</button>`}>
		<p class="k-quiet">${t('archive_help')}</p>
		<label class="k-field">${t('archive_reason')}
			<textarea name="reason" rows="3" required value=${words.value.reason}
				aria-invalid=${refused.value.reason ? 'true' : undefined}
				onInput=${(event) => put('reason', event.target.value)} />
			<${Said} text=${refused.value.reason?.message} /></label>
		<label class="k-field">${session.fields.label('last_contact')}
			<${DateInput} name="last_contact" required value=${words.value.last_contact}
				aria-invalid=${refused.value.last_contact ? 'true' : undefined}
				onValue=${(value) => put('last_contact', value)} />
			<${Said} text=${refused.value.last_contact?.message} /></label>
	<//>`
}
