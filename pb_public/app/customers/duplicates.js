import { Icon } from '../components/icon.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'

export const minReason = 4 // characters

// isRelative: a branch, a subsidiary, a shop of the same brand is another customer.
export const isRelative = (one) => one.level === 'related'

// Duplicates shows who is in the register already. An exact one blocks; a suspected one is saved with
// a reason, a signal that the form sends along. A relative is told of, and offered as the customer above
// where the form has one to set: onParent.
export function Duplicates({ session, found = [], reason, onParent }) {
	const asked = found.filter((one) => !isRelative(one))
	return html`${asked.length > 0 && html`<${Asked} session=${session} found=${asked} reason=${reason} />`}
		<${Relatives} session=${session} found=${found.filter(isRelative)} onParent=${onParent} />`
}

function Asked({ session, found, reason }) {
	const archived = found.some((one) => one.level === 'archived')
	const exact = archived || found.some((one) => one.level === 'exact')
	return html`<div class="k-note k-tone-${exact ? 'bad' : 'warn'} k-duplicates" role="alert">
		<${Icon} name="warn" />
		<div>
			<strong>${archived ? t('duplicate_archived')
				: t(exact ? 'duplicate_exact' : 'duplicate_suspected')}</strong>
			<ul>${found.map((one) => html`<li><${One} session=${session} one=${one} /></li>`)}</ul>
			${!exact && html`<label class="k-field">${t('duplicate_reason')}
				<input type="text" name="confirm_duplicate" value=${reason.value} maxlength="500"
					onInput=${(event) => { reason.value = event.target.value }} /></label>`}
		</div>
	</div>`
}

function Relatives({ session, found, onParent }) {
	if (found.length === 0) return null
	return html`<div class="k-note k-tone-plain k-relatives"><${Icon} name="info" />
		<div>
			<strong>${t('duplicate_related')}</strong>
			<ul>${found.map((one) => html`<li><${One} session=${session} one=${one} />
				${onParent && one.number && html`${' '}<button type="button" class="k-button" name="as_parent"
					onClick=${() => onParent(one.number)}>${t('as_parent')}</button>`}</li>`)}</ul>
		</div>
	</div>`
}

const One = ({ session, one }) => html`${linkTo(session, one)}
	${' '}${one.reasons.join('、')}${t('comma')}${session.fields.label('owner')}
	${' '}${one.owner || t('nobody')}`

// linkTo leads to the customer, or to where it lies in the archive, for those who may see it.
function linkTo(session, one) {
	if (!one.number) return t('duplicate_unseen')
	const to = one.archive ? `archives?q=${encodeURIComponent(one.number)}` : `customers/${one.id}`
	return html`<a href=${session.href(to)} target="_blank">${one.number}</a>`
}
