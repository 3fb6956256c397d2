import { Icon } from '../components/icon.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'

export const minReason = 4 // characters

// Duplicates shows who is in the register already. An exact one blocks; a suspected one is saved with
// a reason, a signal that the form sends along.
export function Duplicates({ session, found, reason }) {
	if (!found?.length) return null
	const exact = found.some((one) => one.level === 'exact')
	return html`<div class="k-note k-tone-${exact ? 'bad' : 'warn'} k-duplicates" role="alert">
		<${Icon} name="warn" />
		<div>
			<strong>${t(exact ? 'duplicate_exact' : 'duplicate_suspected')}</strong>
			<ul>${found.map((one) => html`<li>
				${one.id ? html`<a href=${session.href(`customers/${one.id}`)} target="_blank">${one.number}</a>`
					: t('duplicate_unseen')}
				${' '}${one.reasons.join('、')}${t('comma')}${session.fields.label('owner')}
				${' '}${one.owner || t('nobody')}</li>`)}
			</ul>
			${!exact && html`<label class="k-field">${t('duplicate_reason')}
				<input type="text" name="confirm_duplicate" value=${reason.value} maxlength="500"
					onInput=${(event) => { reason.value = event.target.value }} /></label>`}
		</div>
	</div>`
}
