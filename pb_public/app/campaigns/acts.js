import { Confirm } from '../components/confirm.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const pad = (n) => String(n).padStart(2, '0')

function today() {
	const now = new Date()
	return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`
}

// CampaignActs are what whoever keeps a campaign does with it: import, end, say how it came out.
export function CampaignActs({ session, one, onDone }) {
	const asked = useSignal('')
	const why = useSignal('')
	const ask = (what) => () => {
		asked.value = what
	}
	const done = (saved) => {
		asked.value = ''
		if (saved) onDone()
	}
	const close = (outcome) => session.api.post(`/api/kehu/campaigns/${one.id}/close`,
		{ outcome, reason: why.value })
	const end = () => session.api.patch(`/api/collections/campaigns/records/${one.id}`, { ends: today() })
	const over = one.ends <= today()
	const open = one.state === 'open'
	return html`<div class="k-actions">
		${session.may('import') && html`<a class="k-button" data-act="import"
			href=${session.href(`import?campaign=${one.id}`)}>${t('campaign_import')}</a>`}
		${open && !over && session.may('campaign_new') && html`<button type="button" class="k-plain"
			data-act="end" onClick=${ask('end')}>${t('campaign_end')}</button>`}
		${open && over && one.customers.total > 0 && html`<button type="button" class="k-plain"
			data-act="entered" onClick=${ask('entered')}>${t('campaign_all_entered')}</button>`}
		${open && over && one.customers.total === 0 && html`<button type="button" class="k-plain"
			data-act="none" onClick=${ask('none')}>${t('campaign_no_leads')}</button>`}
		${asked.value === 'end' && html`<${Confirm} title=${t('campaign_end')} label=${t('campaign_end')}
			run=${end} onClose=${done}><p>${t('campaign_end_asks', { name: one.name, ends: one.ends })}</p><//>`}
		${asked.value === 'entered' && html`<${Confirm} title=${t('campaign_all_entered')} onClose=${done}
			label=${t('campaign_all_entered')} run=${() => close('entered')}>
			<p>${t('campaign_entered_asks', { name: one.name })}</p><//>`}
		${asked.value === 'none' && html`<${Confirm} title=${t('campaign_no_leads')} onClose=${done}
			label=${t('campaign_no_leads')} run=${() => close('none')}>
			<label class="k-field"><span>${t('campaign_none_why')}</span><textarea name="reason" rows="3"
				maxlength="500" onInput=${(event) => { why.value = event.target.value }} /></label><//>`}
	</div>`
}
