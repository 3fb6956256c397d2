import { html, signal } from '../dom.js'
import { t } from '../i18n.js'
import { Icon } from './icon.js'

const shownFor = 6000 // milliseconds; an error stays until it is closed
const toasts = signal([])

// The dialogs that are open, the newest last: what lies beneath one cannot be used, so toasts stand in it.
const dialogs = signal([])

// overlaid puts a dialog above all else, and answers the function that takes it away.
export function overlaid(dialog) {
	dialogs.value = [...dialogs.value, dialog]
	return () => {
		dialogs.value = dialogs.value.filter((one) => one !== dialog)
	}
}

let last = 0

function add(kind, text) {
	const toast = { id: ++last, kind, text }
	toasts.value = [...toasts.value.filter((one) => one.kind !== kind || one.text !== text), toast]
	if (kind !== 'bad') setTimeout(() => remove(toast), shownFor)
}

function remove(toast) {
	toasts.value = toasts.value.filter((one) => one !== toast)
}

export const say = (text) => add('good', text)

// complain shows why something did not succeed.
export const complain = (error) => {
	if (error.name !== 'AbortError' && error.status !== 401) add('bad', error.message)
}

// clearToasts is for leaving a page: what it said is no longer in view.
export const clearToasts = () => {
	toasts.value = []
}

// Toasts shows them on the page, or in the dialog that is on top of it.
export function Toasts({ dialog = null }) {
	if ((dialogs.value.at(-1) ?? null) !== dialog) return null
	return html`<div class="k-toasts" role="status" aria-live="polite">
		${toasts.value.map((toast) => html`<div key=${toast.id} class="k-toast k-toast-${toast.kind}">
			<${Icon} name=${toast.kind === 'bad' ? 'warn' : 'check'} />
			<span>${toast.text}</span>
			<button type="button" class="k-plain" aria-label=${t('close')}
				onClick=${() => remove(toast)}><${Icon} name="close" /></button>
		</div>`)}
	</div>`
}
