import { html, useEffect, useRef, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { Confirm } from './confirm.js'

// The form in view: held() says whether it has what was not saved, ask(address) asks whether to go there.
let form = null
let turning = false

// A window calls its listeners in the order in which they came, so both shells load this before their
// routers, which see an address only once it is clear that one goes there. PocketBase has listeners before
// this one: they are told that the address is the old one again.
addEventListener('hashchange', (event) => {
	if (!turning && !form?.held()) return
	event.stopImmediatePropagation()
	if (turning) return
	history.pushState(null, '', event.oldURL)
	turning = true
	dispatchEvent(new HashChangeEvent('hashchange'))
	turning = false
	form.ask(event.newURL)
})
addEventListener('beforeunload', (event) => {
	if (form?.held()) event.preventDefault() // the browser asks in its own words
})

// Unsaved asks before a page is left whose form holds what was not saved: by a link, the way back, another
// address or the closing of the tab. held says whether it does.
export function Unsaved({ held }) {
	const now = useRef(held)
	const to = useSignal('')
	now.current = held
	useEffect(() => {
		const mine = { held: () => now.current(), ask: (address) => { to.value = address } }
		form = mine
		return () => {
			if (form === mine) form = null
		}
	}, [])
	const leave = () => {
		form = null
		location.href = to.value
	}
	return to.value && html`<${Confirm} danger title=${t('unsaved_title')} label=${t('unsaved_leave')}
		run=${leave} onClose=${() => { to.value = '' }}><p>${t('unsaved_asks')}</p><//>`
}
