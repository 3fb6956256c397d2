import { awaited, useAnswer } from '../components/answer.js'
import { Dialog } from '../components/dialog.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'
import { PastHandovers } from '../duplicates/handovers.js'

const takers = ['sales', 'manager', 'data_admin']

// A leaver's customers, tasks and requests, to another member in one step.
export const mount = page(Handover)

function Handover({ session }) {
	const known = useAnswer()
	const from = useSignal('')
	const to = useSignal('')
	const said = useSignal(null)
	const asking = useSignal(false)
	const done = useSignal(0)
	useEffect(() => {
		known.ask(() => Promise.all([session.fields.load(), session.names.load()]))
	}, [])
	const waiting = awaited(known)
	if (waiting) return waiting
	const staff = session.names.list('staff')
	const name = (id) => session.names.of('staff', id)
	const ask = async (dry) => {
		try {
			return await session.api.post('/api/kehu/handover', { from: from.value, to: to.value, dry_run: dry })
		} catch (error) {
			complain(error)
			return null
		}
	}
	const choose = (signal) => (event) => {
		signal.value = event.target.value
		if (to.value === from.value) to.value = ''
		said.value = null
	}
	const preview = async () => {
		const asked = [from.value, to.value].join()
		const answer = await ask(true)
		if (asked === [from.value, to.value].join()) said.value = answer // else it is about somebody else
	}
	const hand = async () => {
		const answer = await ask(false)
		asking.value = false
		if (!answer) return
		say(t('handover_done', { n: count(answer.counts.customers) }))
		said.value = null
		done.value++
	}
	return html`
		<div class="k-bar"><h1>${t('handover_title')}</h1></div>
		<section class="k-card"><p class="k-quiet">${t('handover_what_help')}</p>
			<div class="k-filters">
				<${Choice} label=${t('handover_from')} name="from" list=${staff} chosen=${from.value}
					onChange=${choose(from)} />
				<${Choice} label=${t('handover_to')} name="to" chosen=${to.value} onChange=${choose(to)}
					list=${staff.filter((one) => one.active && takers.includes(one.role) && one.id !== from.value)} />
				<button type="button" class="k-button" name="preview" disabled=${!from.value || !to.value}
					onClick=${preview}>${t('handover_preview')}</button>
			</div>
			${said.value && html`<p class="k-note k-tone-accent" data-said><span>${t('handover_will', {
				customers: count(said.value.counts.customers), tasks: count(said.value.counts.tasks),
				requests: count(said.value.counts.requests) })}</span></p>
				<div class="k-actions"><button type="button" class="k-button k-primary" name="hand_over"
					onClick=${() => { asking.value = true }}>${t('handover_do')}</button></div>`}
		</section>
		<${PastHandovers} key=${done.value} session=${session} />
		${asking.value && html`<${Dialog} title=${t('handover_title')} onSubmit=${hand}
			onClose=${() => { asking.value = false }} actions=${html`<button class="k-button k-primary"
				name="confirm_handover">${t('handover_do')}</button>`}>
			<p>${t('handover_asks', { from: name(from.value), to: name(to.value) })}</p><//>`}`
}

function Choice({ label, name, list, chosen, onChange }) {
	return html`<label class="k-filter"><span>${label}</span>
		<select name=${name} onChange=${onChange}><option value="">${t('choose')}</option>
			${list.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === chosen}>
				${one.name}</option>`)}</select></label>`
}
