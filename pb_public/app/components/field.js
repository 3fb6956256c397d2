import { html, useId } from '../dom.js'
import { t } from '../i18n.js'
import { Input } from './input.js'
import { Tag } from './tag.js'

// Field is a labelled control of the field table with what is to be said about its value: error,
// warning and note are sentences, missing marks what the customer still lacks.
export function Field({ session, field, value, onValue, onLeave, error, warning, note, missing,
	placeholder, children }) {
	const id = useId()
	const said = error ?? warning ?? note ?? (field.kind === 'selectmany' ? '' // how a workbook parts several
		: session.fields.help(field))
	const tone = error ? 'bad' : warning ? 'warn' : note ? 'good' : 'plain'
	return html`<div class="k-field ${error ? 'k-field-bad' : ''}" data-field=${field.key}>
		<label for=${id}>${session.fields.label(`${field.collection}.${field.key}`)}
			${field.required && html`<span class="k-required" aria-hidden="true">*</span>`}
			${missing && html`<${Tag} tone="warn">${t('missing')}<//>`}
		</label>
		<${Input} id=${id} session=${session} field=${field} value=${value} onValue=${onValue}
			onLeave=${onLeave} placeholder=${placeholder} invalid=${Boolean(error)}
			described="${id}-said" />
		<p id="${id}-said" class="k-said k-said-${tone}" role=${error ? 'alert' : undefined}>${said}</p>
		${children}
	</div>`
}
