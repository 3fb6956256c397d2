import { Icon } from '../components/icon.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'

export const minReason = 4 // characters

// Duplicates shows who is in the register already. An exact one blocks; a suspected one is saved with
// a reason, a signal that the form sends along.
export function Duplicates({ session, found, reason }) {
	if (!found?.length) return null
	const archived = found.some((one) => one.level === 'archived')
	const exact = archived || found.some((one) => one.level === 'exact')
	return html`<div class="k-note k-tone-${exact ? 'bad' : 'warn'} k-duplicates" role="alert">
		<${Icon} name="warn" />
		<div>
			<strong>${archived ? t('duplicate_archived')
				: t(exact ? 'duplicate_exact' : 'duplicate_suspected')}</strong>
			<ul>${found.map((one) => html`<li>
				${linkTo(session, one)}
				${' '}${one.reasons.join('、')}${t('comma')}${session.fields.label('owner')}
				${' '}${one.owner || t('nobody')}</li>`)}
			</ul>
			${!exact && html`<label class="k-field">${t('duplicate_reason')}
				<input type="text" name="confirm_duplicate" value=${reason.value} maxlength="500"
					onInput=${(event) => { reason.value = event.target.value }} /></label>`}
		</div>
	</div>`
}

// linkTo leads to the customer, or to where it lies in the archive, for those who may see it.
function linkTo(session, one) {
	if (!one.number) return t('duplicate_unseen')
	const to = one.archive ? `archives?q=${encodeURIComponent(one.number)}` : `customers/${one.id}`
	return html`<a href=${session.href(to)} target="_blank">${one.number}</a>`
}
