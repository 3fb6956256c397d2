import { html } from '../dom.js'

// Tag is a short word in a box; tone is plain, good, warn, bad or accent.
export function Tag({ tone = 'plain', title, children }) {
	return html`<span class="k-tag k-tone-${tone}" title=${title}>${children}</span>`
}

const tones = {
	stage: { won: 'good', intent: 'accent', lost: 'bad' },
	status: { active: 'good', pending: 'accent', rejected: 'bad', draft: 'plain' },
	tier: { strategic: 'accent', key: 'accent' },
}

// OptionTag shows one value of a select by its label.
export function OptionTag({ session, field, value }) {
	if (!value) return null
	return html`<${Tag} tone=${tones[field]?.[value]} title=${session.fields.label(field)}>
		${session.fields.option(field, value)}
	<//>`
}
