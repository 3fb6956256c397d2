import { Duplicates } from '/app/customers/duplicates.js'
import { html, render, signal } from '/app/dom.js'

// refusals says above a record's form what a refusal names that is no field of it: who is in the
// register already, with the reason for which the record may stand beside it, and what is wrong with the
// whole. At its fields PocketBase shows a refusal itself.
export function refusals(member) {
	const { app, t, watch } = window
	const reasons = new Map() // open form → the reason typed in it
	document.addEventListener('mount:recordUpsertModal', ({ detail: modal }) => {
		const place = t.div({ className: 'kehu kehu-refused' })
		const reason = signal('')
		reasons.set(modal, reason)
		modal.prepend(place) // between its own parts PocketBase draws anew; the sheet orders them
		const watcher = watch(() => JSON.stringify(app.store.errors), (said) => {
			if (app.modals.getTop() !== modal) return
			const { duplicates, ...errors } = JSON.parse(said ?? 'null') ?? {}
			const whole = Object.entries(errors).filter(([key, one]) => one?.message &&
				![...modal.querySelectorAll('[name]')].some((input) => input.name === key && !input.closest('[hidden]')))
			render(html`<${Duplicates} session=${member.session} found=${duplicates} reason=${reason} />
				${whole.length > 0 && html`<ul class="k-note k-tone-bad" role="alert">${whole.map(([key, one]) =>
					html`<li key=${key}>${one.message}</li>`)}</ul>`}`, place)
		})
		document.addEventListener('unmount:recordUpsertModal', function left({ detail }) {
			if (detail !== modal) return
			document.removeEventListener('unmount:recordUpsertModal', left)
			watcher?.unwatch()
			reasons.delete(modal)
			render(null, place)
		})
	})
	for (const type of Object.values(app.fieldTypes)) {
		const before = type.onrecordsave
		type.onrecordsave = async (props) => {
			await before?.(props)
			const said = reasons.get(app.modals.getTop())?.value.trim()
			if (said) props.payload.confirm_duplicate = said
		}
	}
}
