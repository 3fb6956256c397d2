import { batch, html, signal, useRef } from '../dom.js'
import { t } from '../i18n.js'
import { Icon } from './icon.js'

const forGood = [403, 404] // what asking again does not change

// useAnswer holds what the server answered to the newest question of a page: value is null before the
// first, failed is why there is none. What comes after a newer question was asked is dropped.
export function useAnswer() {
	const held = useRef()
	held.current ??= createAnswer()
	return held.current
}

function createAnswer() {
	const it = { value: signal(null), failed: signal(null), busy: signal(true) }
	let asked = 0
	it.ask = async (question) => {
		const mine = ++asked
		it.again = () => it.ask(question)
		it.busy.value = true
		let found = null
		let failed = null
		try {
			found = await question()
		} catch (error) {
			failed = error
		}
		if (mine !== asked) return
		batch(() => {
			it.failed.value = failed
			if (!failed) it.value.value = found
			it.busy.value = false
		})
	}
	return it
}

// awaited is what stands in place of an answer that is not there: that it is on its way, or that it could
// not be had, which is not the same as that there is nothing.
export function awaited(answer) {
	if (answer.failed.value) return html`<${Unread} error=${answer.failed.value} again=${answer.again} />`
	return answer.value.value ? null : html`<p class="k-empty">${t('loading')}</p>`
}

// Unread says why something is not shown, and asks for it once more.
export function Unread({ error, again }) {
	return html`<div class="k-empty k-unread" role="alert">
		<p><${Icon} name="warn" /> ${error.message}</p>
		${again && !forGood.includes(error.status) && html`<button type="button" class="k-button" name="again"
			onClick=${again}>${t('again')}</button>`}
	</div>`
}
