import { DateInput } from '../components/date_input.js'
import { Dialog } from '../components/dialog.js'
import { complain } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { Facts } from './facts.js'
import { nameDivision } from './read.js'

// PastButton shows a customer as it was at the end of a day.
export function PastButton({ session, customer }) {
	const open = useSignal(false)
	return html`
		<button type="button" class="k-button" data-act="past"
			onClick=${() => { open.value = true }}>${t('past')}</button>
		${open.value && html`<${Past} session=${session} customer=${customer}
			onClose=${() => { open.value = false }} />`}`
}

function Past({ session, customer, onClose }) {
	const day = useSignal('')
	const then = useSignal(null)
	const busy = useSignal(false)
	const look = async () => {
		busy.value = true
		try {
			then.value = await readPast(session, customer.id, day.value)
		} catch (error) {
			then.value = null
			complain(error)
		}
		busy.value = false
	}
	return html`<${Dialog} wide title=${`${t('past')} ${customer.number}`} onClose=${onClose} onSubmit=${look}
		actions=${html`<button class="k-button k-primary" name="look"
			disabled=${busy.value || !day.value}>${t('past_look')}</button>`}>
		<p class="k-quiet">${t('past_help')}</p>
		<label class="k-field">${t('past_day')}
			<${DateInput} name="at" required value=${day.value}
				onValue=${(value) => { day.value = value }} /></label>
		${then.value && html`<div data-past=${then.value.at}>
			<${Facts} session=${session} customer=${then.value.customer} past />
			<${People} people=${then.value.contacts ?? []} /></div>`}
	<//>`
}

function People({ people }) {
	if (people.length === 0) return null
	return html`<section class="k-card"><h2>${t('past_contacts')}</h2><ul>
		${people.map((one) => html`<li key=${one.id}>${[one.name ?? one.masked?.name, one.title,
			one.mobile ?? one.masked?.mobile].filter(Boolean).join(' ')}</li>`)}</ul></section>`
}

// readPast reads the picture of a day with the names of what it refers to; somebody above that the
// reader does not see has none.
async function readPast(session, id, day) {
	const then = await session.api.get(`/api/kehu/customers/${id}/overview?at=${day}`)
	const { customer } = then
	const named = (collection, one) => (one
		? session.api.one(collection, one).then((record) => record, () => undefined) : undefined)
	const [industry, parent] = await Promise.all([named('industries', customer.industry),
		named('customers', customer.parent)])
	customer.expand = { industry, parent }
	await nameDivision(session.api, customer)
	return then
}
