import { complain, say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { ChangeDialog } from './change_dialog.js'

const writers = ['sales', 'service', 'manager', 'data_admin']

// ReviewButtons are what one may ask for at a customer: its review, or a change of it. What is
// refused, the server says.
export function ReviewButtons({ session, customer, onChange }) {
	const asking = useSignal(false)
	if (!writers.includes(session.role.value)) return null
	const send = (act, words) => session.api.post(`/api/kehu/customers/${customer.id}/${act}`, {})
		.then(() => {
			say(t(words))
			onChange()
		}, complain)
	const draft = ['draft', 'rejected'].includes(customer.status)
	return html`
		${draft && html`<button type="button" class="k-button" data-act="submit"
			onClick=${() => send('submit', 'submitted')}>${t('submit_review')}</button>`}
		${customer.status === 'active' && html`
			<button type="button" class="k-button" data-act="verify"
				onClick=${() => send('verify', 'verified')}>${t('verify_customer')}</button>
			<button type="button" class="k-button" data-act="change"
				onClick=${() => { asking.value = true }}>${t('ask_change')}</button>`}
		${asking.value && html`<${ChangeDialog} session=${session} customer=${customer}
			onClose=${(done) => {
				asking.value = false
				if (done) onChange()
			}} />`}`
}
