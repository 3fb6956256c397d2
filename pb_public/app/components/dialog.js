import { html, useEffect, useRef } from '../dom.js'
import { t } from '../i18n.js'
import { Icon } from './icon.js'

const first = '.k-dialog-body :is(textarea, select, input:not(.k-hidden, [readonly]))'

// Dialog is a native modal dialog: it keeps the focus and closes with Escape. onClose takes it away;
// onSubmit, where given, makes it a form whose buttons are the children's.
export function Dialog({ title, wide, onClose, onSubmit, children, actions }) {
	const box = useRef()
	useEffect(() => {
		const before = document.activeElement
		box.current.showModal() // which would give the focus to the button that closes
		box.current.querySelector(first)?.focus()
		return () => before?.focus?.()
	}, [])
	const submit = (event) => {
		event.preventDefault()
		onSubmit?.()
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
	</dialog>`
}
