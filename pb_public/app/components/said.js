import { html } from '../dom.js'

// Said is what was refused of a field of a dialog, below it.
export const Said = ({ text }) => text && html`<span class="k-said k-said-bad" role="alert">${text}</span>`

// placed tells whether each sentence of a refusal stands below one of the fields.
export function placed({ data = {} }, keys) {
	const said = Object.keys(data).filter((key) => data[key]?.message)
	return said.length > 0 && said.every((key) => keys.includes(key))
}
