import { Dialog } from '../components/dialog.js'
import { Icon } from '../components/icon.js'
import { say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'

const takers = ['sales', 'manager', 'data_admin']

// CampaignHandover gives the drafts that a campaign brought to a salesperson: said beforehand how many,
// taken back in place while the dialog is open, and for a day on the page of handovers.
export function CampaignHandover({ session, one, onDone }) {
	const open = useSignal(false)
	if (!session.may('handover') || !(one.customers.draft + one.customers.rejected)) return null
	return html`<button type="button" class="k-plain" data-act="handover"
		onClick=${() => { open.value = true }}>${t('campaign_handover')}</button>
		${open.value && html`<${Asked} session=${session} one=${one} onClose=${(changed) => {
			open.value = false
			if (changed) onDone()
		}} />`}`
}

function Asked({ session, one, onClose }) {
	const to = useSignal('')
	const said = useSignal(null)
	const done = useSignal(null)
	const problem = useSignal('')
	const busy = useSignal(false)
	const ask = async (path, body) => {
		busy.value = true
		problem.value = ''
		try {
			return await session.api.post(path, body)
		} catch (error) {
			problem.value = error.message
			return null
		} finally {
			busy.value = false
		}
	}
	const preview = async () => {
		const taker = to.value
		said.value = null
		if (!taker) return
		const answer = await ask('/api/kehu/handover', { campaign: one.id, to: taker, dry_run: true })
		if (taker === to.value) said.value = answer // else it is about somebody else
	}
	useEffect(() => {
		preview()
	}, [to.value])
	const hand = async () => {
		if (said.value && !busy.value) {
			done.value = await ask('/api/kehu/handover', { campaign: one.id, from: said.value.from, to: to.value })
		}
	}
	const undo = async () => {
		const answer = await ask(`/api/kehu/handovers/${done.value.id}/undo`)
		if (!answer) return
		say(t('handover_undone', { n: count(answer.customers.length) }))
		onClose(true)
	}
	return html`<${Dialog} title=${t('campaign_handover')} onSubmit=${hand}
		onClose=${() => onClose(!!done.value)} actions=${!done.value && html`
			<button class="k-button k-primary" name="hand_over"
				disabled=${!said.value || busy.value}>${t('handover_do')}</button>`}>
		<p>${t('campaign_handover_asks', { name: one.name })}</p>
		${!done.value && html`<label class="k-field"><span>${t('handover_to')}</span>
			<select name="to" onChange=${(event) => { to.value = event.target.value }}>
				<option value="">${t('choose')}</option>${session.names.list('staff')
					.filter((member) => member.active && takers.includes(member.role))
					.map((member) => html`<option key=${member.id} value=${member.id}>${member.name}</option>`)}
			</select></label>`}
		${said.value && !done.value && html`<p class="k-note k-tone-accent" data-said><span>
			${t('campaign_handover_will', { from: session.names.of('staff', said.value.from),
				customers: count(said.value.counts.customers), tasks: count(said.value.counts.tasks) })}
			</span></p>`}
		${done.value && html`<p class="k-note k-tone-good" data-done><span>
			${t('campaign_handover_done', { n: count(done.value.counts.customers),
				to: session.names.of('staff', done.value.to) })}</span></p>
			<button type="button" class="k-button" name="undo_handover" disabled=${busy.value}
				onClick=${undo}>${t('undo_handover')}</button>`}
		${problem.value && html`<p class="k-note k-tone-bad" role="alert"><${Icon} name="warn" />
			<span>${problem.value}</span></p>`}<//>`
}
