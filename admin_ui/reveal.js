import { html, render } from '/app/dom.js'
import { RevealDialog } from '/app/customers/reveal.js'

// askReveal opens the dialog by which one masked value is shown for a reason.
export function askReveal(member, collection, record, field) {
	const element = document.createElement('div')
	element.className = 'kehu'
	document.body.append(element)
	render(html`<${RevealDialog} session=${member.session} collection=${collection} id=${record.id}
		field=${field} onClose=${() => {
			render(null, element)
			element.remove()
		}} />`, element)
}
