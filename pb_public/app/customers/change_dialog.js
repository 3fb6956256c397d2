import { Dialog } from '../components/dialog.js'
import { Field } from '../components/field.js'
import { placed, Said } from '../components/said.js'
import { complain, say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const left = ['json', 'file', 'relation', 'division'] // kinds that no request enters here

// ChangeDialog asks for changes of an active customer: fields are chosen one by one.
export function ChangeDialog({ session, customer, onClose }) {
	const changes = useSignal({})
	const words = useSignal({ reason: '', confirmed_with: '' })
	const refused = useSignal({})
	const busy = useSignal(false)
	const fields = session.fields.of('customers').filter((field) => !field.system &&
		!left.includes(field.kind))
	let done = false
	const submit = async () => {
		busy.value = true
		try {
			await session.api.post(`/api/kehu/customers/${customer.id}/changes`,
				{ changes: changes.value, ...words.value })
			done = true
			say(t('change_asked'))
			onClose(true)
		} catch (error) {
			refused.value = error.data ?? {}
			if (!placed(error, ['reason', 'confirmed_with', ...Object.keys(changes.value)])) complain(error)
			busy.value = false
		}
	}
	const word = (key) => html`<label key=${key} class="k-field">${t(key)}
		<input name=${key} type="text" value=${words.value[key]}
			aria-invalid=${refused.value[key] ? 'true' : undefined} onInput=${(event) => {
				words.value = { ...words.value, [key]: event.target.value }
			}} /><${Said} text=${refused.value[key]?.message} /></label>`
	return html`<${Dialog} wide title=${t('ask_change')}
		onClose=${() => done || onClose(false)} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary"
			disabled=${busy.value}>${t('ask_change')}</button>`}>
		<label class="k-field">${t('field')}<select name="field" onChange=${(event) => {
			const key = event.target.value
			if (key) changes.value = { ...changes.value, [key]: customer[key] }
		}}><option value="">${t('choose')}</option>
			${fields.filter((field) => !(field.key in changes.value)).map((field) => html`
				<option key=${field.key} value=${field.key}>${session.fields.label(field.key)}</option>`)}
		</select></label>
		<div class="k-form">${fields.filter((field) => field.key in changes.value).map((field) => html`
			<${Field} key=${field.key} session=${session} field=${{ ...field, collection: 'customers' }}
				value=${changes.value[field.key]} error=${refused.value[field.key]?.message}
				onValue=${(value) => { changes.value = { ...changes.value, [field.key]: value } }} />`)}
		</div>
		${word('reason')}${word('confirmed_with')}
	<//>`
}
