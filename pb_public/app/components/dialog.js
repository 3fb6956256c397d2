import { html, useEffect, useRef, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { Icon } from './icon.js'
import { still } from './still.js'
import { overlaid, Toasts } from './toast.js'

// Where one begins: at what is wrong, else in the first field.
const wrong = '.k-dialog-body [aria-invalid=true]'
const first = '.k-dialog-body :is(textarea, select, input:not(.k-hidden, [readonly]))'

// Dialog is a native modal dialog: it keeps the focus and closes with Escape. onClose takes it away;
// onSubmit, where given, makes it a form whose buttons are the children's. While that is under way nothing
// in the dialog changes, so that what was sent is what stands there.
export function Dialog({ title, wide, onClose, onSubmit, children, actions }) {
	const box = useRef()
	const shown = useSignal(null)
	const sending = useRef(false)
	useEffect(() => {
		const before = document.activeElement
		box.current.showModal() // which would give the focus to the button that closes
		const begin = box.current.querySelector(wrong) ?? box.current.querySelector(first)
		begin?.focus()
		shown.value = box.current
		const leave = overlaid(box.current)
		return () => {
			leave()
			before?.focus?.()
		}
	}, [])
	const submit = async (event) => {
		event.preventDefault()
		if (sending.current || !onSubmit) return
		sending.current = true
		try {
			await still(box.current.querySelector('.k-dialog-body'), onSubmit)
		} finally {
			sending.current = false
		}
	}
	return html`<dialog ref=${box} class="k-dialog ${wide ? 'k-dialog-wide' : ''}" aria-label=${title}
		onClose=${onClose}>
		<form class="k-dialog-form" onSubmit=${submit} novalidate>
			<header><h2>${title}</h2>
				<button type="button" class="k-plain" aria-label=${t('close')}
					onClick=${() => box.current.close()}><${Icon} name="close" /></button>
			</header>
			<div class="k-dialog-body">${children}</div>
			<footer>
				<button type="button" class="k-button" onClick=${() => box.current.close()}>
					${t(actions ? 'cancel' : 'close')}
				</button>
				${actions}
			</footer>
		</form>
		${shown.value && html`<${Toasts} dialog=${shown.value} />`}
	</dialog>`
}
