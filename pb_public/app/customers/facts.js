import { Tag } from '../components/tag.js'
import { html } from '../dom.js'
import { show } from '../format.js'
import { t } from '../i18n.js'
import { layoutOf } from './layout.js'
import { Reveal } from './reveal.js'

// Facts are a customer's own values by section; what is empty is left out, unless it is missing. past
// ones are none that could be revealed.
export function Facts({ session, customer, past }) {
	const missing = new Set(customer.missing)
	const said = (field) => show(session, field, customer)
	const sections = layoutOf(session, customer.kind,
		(field) => said(field) !== '' || missing.has(field.key))
	return sections.map(([title, fields]) => html`<section key=${title} class="k-card">
		<h2>${t(title)}</h2>
		<dl class="k-facts">${fields.map((field) => html`<div key=${field.key}
			class=${field.kind === 'multiline' || field.key === 'tier_rule' ? 'k-long' : ''}>
			<dt>${session.fields.label(field.key)}</dt>
			<dd>${said(field) || html`<${Tag} tone="warn">${t('missing')}<//>`}
				${!past && html`<${Reveal} session=${session} collection="customers" record=${customer}
					field=${field} />`}
				<${Marks} session=${session} customer=${customer} field=${field} />
			</dd>
		</div>`)}</dl>
	</section>`)
}

// Marks say how a value came about: typed otherwise, taken against the standard, a free-mail address.
function Marks({ session, customer, field }) {
	const original = customer.originals?.[field.key]
	const exception = customer.exceptions?.[field.key]
	return html`
		${field.key === 'email' && customer.email_personal && html`<${Tag}>
			${session.fields.label('email_personal')}<//>`}
		${exception && html`<${Tag} tone="warn" title=${exception.reason}>
			${session.fields.label('exceptions')}<//>`}
		${original && html`<small class="k-quiet">${t('typed_as', { text: String(original) })}</small>`}`
}
