import { CampaignActs } from '../campaigns/acts.js'
import { CampaignForm } from '../campaigns/form.js'
import { CampaignHandover } from '../campaigns/handover.js'
import { awaited, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { Pager } from '../components/pager.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { html, useEffect, useSignal } from '../dom.js'
import { count, day } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// Campaigns: exhibitions and the like, what they brought, and what became of it.
export const mount = page(Campaigns)

function Campaigns({ session }) {
	const found = useAnswer()
	const at = useSignal(1)
	const editing = useSignal(null)
	const load = () => found.ask(async () => (await Promise.all([
		session.api.get('/api/kehu/campaigns', { page: at.value }), session.names.load()]))[0])
	useEffect(() => {
		load()
	}, [at.value])
	const waiting = awaited(found)
	if (waiting) return waiting
	return html`
		<div class="k-bar"><div class="k-title"><h1>${t('nav_campaigns')}</h1>
			<p class="k-quiet">${t('campaign_help')}</p></div>
			<div class="k-actions">${session.may('campaign_new') && html`<button type="button"
				class="k-button k-primary" name="new_campaign" onClick=${() => { editing.value = {} }}>
				<${Icon} name="plus" />${t('campaign_new')}</button>`}</div>
		</div>
		<${Table} label=${t('nav_campaigns')} rows=${found.value.value.items} keyOf=${(one) => one.id}
			empty=${t('campaign_none')} columns=${columns(session, load, editing)} />
		<${Pager} page=${at.value} more=${found.value.value.more} onPage=${(n) => { at.value = n }} />
		${editing.value && html`<${CampaignForm} session=${session} campaign=${editing.value}
			onClose=${(saved) => {
				editing.value = null
				if (saved) load()
			}} />`}`
}

const columns = (session, load, editing) => [
	{ key: 'name', title: t('campaign_name'), narrow: true, class: 'k-name-cell', cell: (one) => (one.mine
		&& session.may('campaign_new') ? html`<button type="button" class="k-plain" onClick=${() => {
			editing.value = one
		}}>${one.name}</button>` : one.name) },
	{ key: 'kind', title: t('campaign_kind'), cell: (one) => (one.kind ? t(`campaign_kind_${one.kind}`) : '') },
	{ key: 'owner', title: t('campaign_owner'), cell: (one) => one.owner_name },
	{ key: 'days', title: t('campaign_days'), class: 'k-code',
		cell: (one) => [one.starts, one.ends].filter(Boolean).join(' – ') },
	{ key: 'state', title: t('campaign_state'), narrow: true, cell: (one) => html`<${State} one=${one} />` },
	{ key: 'due', title: t('campaign_due'), class: 'k-code', cell: (one) => one.state === 'open' && html`
		<span title=${one.provisional.length ? t('campaign_due_provisional', { years: one.provisional.join('、') })
			: undefined}>${day(one.due)}${one.provisional.length > 0 && ' ?'}</span>
		${one.overdue && html` <${Tag} tone="bad">${t('overdue')}<//>`}` },
	...['draft', 'pending', 'active'].map((status) => ({ key: status, numeric: true,
		title: t(status === 'draft' ? 'campaign_drafts' : `campaign_${status}`),
		cell: (one) => html`<${Customers} session=${session} one=${one} status=${status} />` })),
	{ key: 'acts', title: '', narrow: true, cell: (one) => html`
		${one.mine && html`<${CampaignActs} session=${session} one=${one} onDone=${load} />`}
		<${CampaignHandover} session=${session} one=${one} onDone=${load} />` },
]

function State({ one }) {
	const state = one.state === 'open' && one.ended ? 'ended' : one.state
	const tones = { entered: 'good', ended: 'warn', open: 'accent' }
	return html`<${Tag} tone=${tones[state]} title=${one.reason}>${t(`campaign_state_${state}`)}<//>`
}

// Customers is how many of a status, and the way to them for those who see them.
function Customers({ session, one, status }) {
	const n = one.customers[status]
	if (!n) return count(0)
	const query = new URLSearchParams({ status, where: `campaign=${JSON.stringify(one.id)}`, about: one.name })
	return html`<a href=${session.href(`customers?${query}`)}>${count(n)}</a>`
}
