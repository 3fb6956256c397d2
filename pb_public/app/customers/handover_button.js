import { Dialog } from '../components/dialog.js'
import { complain, say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const takers = ['sales', 'manager', 'data_admin']

// HandoverButton gives one customer, with its open work, to another member of staff.
export function HandoverButton({ session, customer, onChange }) {
	const asking = useSignal(false)
	if (!session.may('handover') || !customer.owner || customer.status === 'archived') return null
	return html`
		<button type="button" class="k-button" data-act="handover"
			onClick=${() => { asking.value = true }}>${t('hand_over_one')}</button>
		${asking.value && html`<${Asking} session=${session} customer=${customer} onClose=${(done) => {
			asking.value = false
			if (done) onChange()
		}} />`}`
}

function Asking({ session, customer, onClose }) {
	const to = useSignal('')
	const refused = useSignal('')
	const busy = useSignal(false)
	const staff = session.names.list('staff').filter((one) => one.active && takers.includes(one.role) &&
		one.id !== customer.owner)
	let done = false
	const submit = async () => {
		refused.value = to.value ? '' : t('choose_taker')
		if (!to.value) return
		busy.value = true
		try {
			await session.api.post('/api/kehu/handover', { from: customer.owner, to: to.value,
				customers: [customer.id] })
			done = true
			say(t('handed_over_one', { name: session.names.of('staff', to.value) }))
			onClose(true)
		} catch (error) {
			complain(error)
			busy.value = false
		}
	}
	return html`<${Dialog} title=${t('hand_over_one_title', { number: customer.number })} onSubmit=${submit}
		onClose=${() => done || onClose(false)} actions=${html`<button class="k-button k-primary"
			name="confirm_handover" disabled=${busy.value}>${t('hand_over_one')}</button>`}>
		<p class="k-quiet">${t('hand_over_one_help')}</p>
		<label class="k-field">${t('handover_to')}
			<select name="to" aria-invalid=${refused.value ? 'true' : undefined}
				onChange=${(event) => { to.value = event.target.value }}>
				<option value="">${t('choose')}</option>
				${staff.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}
			</select></label>
		${refused.value && html`<p class="k-said k-said-bad" role="alert">${refused.value}</p>`}
	<//>`
}
