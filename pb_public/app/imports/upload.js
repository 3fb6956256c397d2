import { keep } from '../api.js'
import { Icon } from '../components/icon.js'
import { complain } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const kinds = ['.xlsx', '.csv']
const collections = ['customers', 'contacts', 'followups', 'contracts', 'orders']

// Upload takes a workbook by choosing or dropping it, and gives the template.
export function Upload({ session, campaign: given }) {
	const over = useSignal(false)
	const busy = useSignal(false)
	const problem = useSignal('')
	const collection = useSignal('customers')
	const campaign = useSignal(given)
	const campaigns = useSignal([])
	const marketing = session.role.value === 'marketing' // imports into campaigns only
	const offered = collections.filter((name) => !marketing || name === 'customers')
	useEffect(() => {
		session.api.get('/api/kehu/campaigns').then(({ items }) => {
			campaigns.value = items.filter((one) => one.mine)
		}, complain)
	}, [])
	const send = async (file) => {
		if (!file || busy.value) return
		if (!kinds.some((kind) => file.name.toLowerCase().endsWith(kind))) {
			problem.value = t('wrong_file', { name: file.name })
			return
		}
		if (marketing && !campaign.value) {
			problem.value = t('import_without_campaign')
			return
		}
		busy.value = true
		problem.value = ''
		const form = new FormData()
		form.set('collection', collection.value)
		if (campaign.value && collection.value === 'customers') {
			form.set('options', JSON.stringify({ campaign: campaign.value }))
		}
		form.set('file', file)
		try {
			const { id } = await session.api.post('/api/kehu/imports', form)
			session.go(`import/${id}`)
		} catch (error) {
			problem.value = error.message
			busy.value = false
		}
	}
	const drop = (event) => {
		event.preventDefault()
		over.value = false
		send(event.dataTransfer.files[0])
	}
	const hover = (on) => (event) => {
		event.preventDefault()
		over.value = on
	}
	return html`<section class="k-card">
		<div class="k-upload-head">
			<label class="k-filter"><span>${t('import_what')}</span>
				<select name="collection" onChange=${(event) => { collection.value = event.target.value }}>
					${offered.map((name) => html`<option key=${name} value=${name}
						selected=${name === collection.value}>${session.fields.collection(name)}</option>`)}
				</select></label>
			${campaigns.value.length > 0 && collection.value === 'customers' && html`<label class="k-filter">
				<span>${t('campaign')}</span>
				<select name="campaign" onChange=${(event) => { campaign.value = event.target.value }}>
					<option value="">${t(marketing ? 'campaign_choose' : 'campaign_optional')}</option>
					${campaigns.value.map((one) => html`<option key=${one.id} value=${one.id}
						selected=${one.id === campaign.value}>${one.name}</option>`)}
				</select></label>`}
			<button type="button" class="k-button" onClick=${() => template(session)}>
				<${Icon} name="download" />${t('template')}</button>
		</div>
		<label class="k-drop ${over.value ? 'k-over' : ''}" onDragOver=${hover(true)}
			onDragLeave=${hover(false)} onDrop=${drop}>
			<${Icon} name="upload" />
			<strong>${t(busy.value ? 'sending' : 'drop_here')}</strong>
			<span class="k-quiet">${t('drop_help')}</span>
			<input type="file" name="workbook" accept=${kinds.join(',')} class="k-hidden" disabled=${busy.value}
				onChange=${(event) => send(event.target.files[0])} />
		</label>
		<p class="k-said k-said-bad" role="alert">${problem.value}</p>
	</section>`
}

const template = (session) => session.api.file('/api/kehu/imports/template').then(keep, complain)
