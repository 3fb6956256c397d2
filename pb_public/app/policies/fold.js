import { html, useEffect, useSignal } from '../dom.js'

// Fold shows one sentence and, opened, the controls behind it; what is wrong within opens it.
export function Fold({ path, wrong, fresh, said, children }) {
	const open = useSignal(fresh)
	useEffect(() => {
		if (Object.keys(wrong).some((at) => at === path || at.startsWith(`${path}.`))) open.value = true
	}, [wrong])
	return html`<details class="k-fold k-across" data-fold=${path} open=${open.value}
		onToggle=${(event) => { open.value = event.currentTarget.open }}>
		<summary>${said}</summary>
		${children}
	</details>`
}
