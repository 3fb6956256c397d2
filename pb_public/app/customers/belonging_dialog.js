import { Dialog } from '../components/dialog.js'
import { Field } from '../components/field.js'
import { complain, say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { day } from '../format.js'
import { t } from '../i18n.js'
import { Duplicates } from './duplicates.js'

const hidden = ['file', 'relation', 'json'] // kinds that this dialog does not enter

// BelongingDialog enters a contact or a follow-up of a customer. onClose gets true when it was saved.
export function BelongingDialog({ session, customer, collection, onClose }) {
	const values = useSignal({ ...defaults[collection]?.() })
	const refused = useSignal({})
	const reason = useSignal('')
	const busy = useSignal(false)
	const fields = session.fields.of(collection).filter((field) => !field.system &&
		!hidden.includes(field.kind))
	let saved = false
	const submit = async () => {
		busy.value = true
		try {
			await session.api.post(session.api.records(collection), { ...values.value,
				customer: customer.id, confirm_duplicate: reason.value || undefined })
			saved = true
			say(t('saved'))
			onClose(true)
		} catch (error) {
			refused.value = error.data ?? {}
			if (![400, 409].includes(error.status)) complain(error)
		} finally {
			busy.value = false
		}
	}
	return html`<${Dialog} wide title=${`${t('add')}${t('space')}${session.fields.collection(collection)}`}
		onClose=${() => saved || onClose(false)} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary" disabled=${busy.value}>${t('save')}</button>`}>
		<div class="k-form">
			${fields.map((field) => html`<${Field} key=${field.key} session=${session}
				field=${{ ...field, collection }} value=${values.value[field.key]}
				error=${refused.value[field.key]?.message}
				onValue=${(value) => { values.value = { ...values.value, [field.key]: value } }} />`)}
		</div>
		<${Duplicates} session=${session} found=${refused.value.duplicates} reason=${reason} />
	<//>`
}

const defaults = {
	followups: () => ({ date: day(new Date().toISOString()) }),
}
