import { DateInput } from '../components/date_input.js'
import { Dialog } from '../components/dialog.js'
import { Icon } from '../components/icon.js'
import { say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const kinds = ['exhibition', 'online', 'other']

// CampaignForm makes a campaign, or changes one.
export function CampaignForm({ session, campaign, onClose }) {
	const values = useSignal({ name: campaign.name ?? '', kind: campaign.kind || 'exhibition',
		place: campaign.place ?? '', starts: campaign.starts ?? '', ends: campaign.ends ?? '',
		owner: campaign.owner || session.me.value.id })
	const busy = useSignal(false)
	const problem = useSignal('')
	const admin = session.role.value === 'data_admin'
	const set = (key) => (event) => {
		values.value = { ...values.value, [key]: event.target.value }
	}
	const save = async () => {
		busy.value = true
		problem.value = ''
		const body = { ...values.value }
		if (!admin) delete body.owner
		try {
			const path = '/api/collections/campaigns/records'
			if (campaign.id) await session.api.patch(`${path}/${campaign.id}`, body)
			else await session.api.post(path, body)
			say(t('campaign_saved'))
			onClose(true)
		} catch (error) {
			problem.value = error.message
			busy.value = false
		}
	}
	const date = (key) => html`<div class="k-field"><label for="campaign_${key}">${t(`campaign_${key}`)}</label>
		<${DateInput} id="campaign_${key}" name=${key} value=${values.value[key]} onValue=${(value) => {
			values.value = { ...values.value, [key]: value }
		}} /></div>`
	const line = (key, max = 100) => html`<div class="k-field"><label for="campaign_${key}">
		${t(`campaign_${key}`)}</label><input id="campaign_${key}" name=${key} type="text" maxlength=${max}
			value=${values.value[key]} autocomplete="off" onInput=${set(key)} /></div>`
	const owners = session.names.list('staff').filter((one) => one.id === values.value.owner
		|| one.active && ['marketing', 'data_admin'].includes(one.role))
	return html`<${Dialog} title=${t(campaign.id ? 'campaign_change' : 'campaign_new')} onSubmit=${save}
		onClose=${() => onClose(false)} actions=${html`<button class="k-button k-primary" name="save_campaign"
			disabled=${busy.value}>${t('save')}</button>`}>
		<div class="k-form">
			${line('name')}
			<div class="k-field"><label for="campaign_kind">${t('campaign_kind')}</label>
				<select id="campaign_kind" name="kind" onChange=${set('kind')}>${kinds.map((kind) => html`
					<option key=${kind} value=${kind} selected=${kind === values.value.kind}>
						${t(`campaign_kind_${kind}`)}</option>`)}</select></div>
			${line('place', 200)}
			${date('starts')}
			${date('ends')}
			${admin && html`<div class="k-field"><label for="campaign_owner">${t('campaign_owner')}</label>
				<select id="campaign_owner" name="owner" onChange=${set('owner')}>
					<option value="">${t('choose')}</option>
					${owners.map((one) => html`<option key=${one.id} value=${one.id}
						selected=${one.id === values.value.owner}>${one.name}</option>`)}</select></div>`}
		</div>
		${problem.value && html`<p class="k-note k-tone-bad" role="alert"><${Icon} name="warn" />
			<span>${problem.value}</span></p>`}
	<//>`
}
