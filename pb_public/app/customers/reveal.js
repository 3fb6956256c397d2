import { Dialog } from '../components/dialog.js'
import { Icon } from '../components/icon.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

// RevealDialog shows one value that the role reads masked, for a reason that is put on record. The
// value stands in the dialog and nowhere else; closing it takes it away.
export function RevealDialog({ session, collection, id, field, onClose }) {
	const reason = useSignal('')
	const value = useSignal(null)
	const refused = useSignal('')
	const busy = useSignal(false)
	const ask = async () => {
		busy.value = true
		refused.value = ''
		try {
			const answer = await session.api.post(`/api/kehu/${collection}/${id}/reveal`,
				{ field: field.key, reason: reason.value })
			value.value = answer.value
		} catch (error) {
			refused.value = error.message
		}
		busy.value = false
	}
	return html`<${Dialog} title=${t('reveal_title', { field: session.fields.label(
		`${collection}.${field.key}`) })} onClose=${onClose} onSubmit=${ask}
		actions=${value.value === null && html`<button class="k-button k-primary"
			disabled=${busy.value}>${t('reveal')}</button>`}>
		${value.value === null ? html`
			<p class="k-quiet">${t('reveal_help')}</p>
			<label class="k-field">${t('reveal_reason')}
				<textarea name="reveal_reason" rows="2" value=${reason.value} aria-invalid=${refused.value !== ''}
					onInput=${(event) => { reason.value = event.target.value }} /></label>
			<p class="k-said k-said-bad" role="alert">${refused.value}</p>`
			: html`<p class="k-revealed" data-revealed>${value.value}</p>`}
	<//>`
}

// Reveal is a button beside a masked value that opens the dialog, where the role may ask for it.
export function Reveal({ session, collection, record, field }) {
	const open = useSignal(false)
	const masked = record.masked?.[field.key] !== undefined || field.class === 'S' && record[field.key]
	if (!masked || !session.mayReveal(field)) return null
	return html`<button type="button" class="k-plain" data-reveal=${field.key} title=${t('reveal')}
			aria-label=${t('reveal')} onClick=${() => { open.value = true }}><${Icon} name="eye" /></button>
		${open.value && html`<${RevealDialog} session=${session} collection=${collection} id=${record.id}
			field=${field} onClose=${() => { open.value = false }} />`}`
}
