import { complain } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const pause = 250 // milliseconds

// Finder searches for a customer to put beside the others.
export function Finder({ session, taken, onPick }) {
	const typed = useSignal('')
	const found = useSignal([])
	const timer = useSignal(0)
	const type = (event) => {
		typed.value = event.target.value
		clearTimeout(timer.value)
		timer.value = setTimeout(ask, pause)
	}
	const ask = async () => {
		const q = typed.value.trim()
		if ([...q].length < 2) {
			found.value = []
			return
		}
		try {
			const { items } = await session.api.get('/api/kehu/search', { q, limit: 10 })
			if (q === typed.value.trim()) found.value = items.filter(({ id }) => !taken.includes(id))
		} catch (error) {
			complain(error)
		}
	}
	const pick = (id) => {
		typed.value = ''
		found.value = []
		onPick(id)
	}
	return html`<div class="k-field k-finder">
		<label for="finder">${t('merge_find')}</label>
		<input id="finder" name="finder" type="search" value=${typed.value} placeholder=${t('search_placeholder')}
			autocomplete="off" onInput=${type} />
		<ul>${found.value.map((one) => html`<li key=${one.id}><button type="button" class="k-plain"
			data-pick=${one.id} onClick=${() => pick(one.id)}>${one.name ?? one.masked?.name}
			${' '}<span class="k-code k-quiet">${one.number}</span></button></li>`)}</ul>
	</div>`
}
