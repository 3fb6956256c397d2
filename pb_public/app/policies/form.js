import { Confirm } from '../components/confirm.js'
import { Icon } from '../components/icon.js'
import { still } from '../components/still.js'
import { complain, say } from '../components/toast.js'
import { Unsaved } from '../components/unsaved.js'
import { html, useRef, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { Part, word } from './part.js'
import { Preview, previewed } from './preview.js'
import { ordered } from './rules.js'

// Form is one policy: its parts, why it is so, and the way back to the default.
export function Form({ session, policy, onSaved }) {
	const value = useSignal(structuredClone(policy.value))
	const note = useSignal(policy.note ?? '')
	const touched = useRef(false) // since it was read or stored
	const wrong = useSignal({})
	const busy = useSignal(false)
	const resetting = useSignal(false)
	const shown = useSignal(null)
	const type = (to, next) => {
		touched.current = true
		to.value = next
	}
	const store = async (what) => {
		const body = { key: policy.key, value: what, note: note.value.trim() }
		const path = session.api.records('policies', policy.id)
		await (policy.id ? session.api.patch(path, body) : session.api.post(path, body))
		touched.current = false
	}
	// attempt says what is wrong at the parts that it is about.
	const attempt = async (form, what) => {
		busy.value = true
		wrong.value = {}
		try {
			await still(form, what)
		} catch (error) {
			const parts = partsOf(error)
			wrong.value = parts
			if (Object.keys(parts).length === 0) complain(error)
			else requestAnimationFrame(() => document.querySelector('[aria-invalid=true], .k-said-bad')
				?.scrollIntoView({ block: 'center' }))
		}
		busy.value = false
	}
	const save = (event) => {
		event.preventDefault()
		attempt(event.currentTarget, async () => {
			value.value = ordered(policy.shape, value.value)
			await store(value.value)
			say(t('policy_saved', { name: word(policy.shape) }))
			await onSaved()
		})
	}
	const preview = (event) => attempt(event.currentTarget.form, async () => {
		value.value = ordered(policy.shape, value.value)
		shown.value = await session.api.post('/api/kehu/policies/preview',
			{ key: policy.key, value: value.value })
	})
	const reset = async () => {
		await store(policy.default)
		say(t('policy_was_reset', { name: word(policy.shape) }))
		onSaved()
	}
	// the dialogs stand beside the form: what is sent in them is not sent here too
	return html`<${Unsaved} held=${() => touched.current} /><form class="k-entry" onSubmit=${save} novalidate>
		<section class="k-card" data-policy=${policy.key}>
			<${Part} shape=${policy.shape} path="" value=${value.value} wrong=${wrong.value}
				onValue=${(next) => type(value, next)} />
			${wrong.value.whole && html`<p class="k-note k-tone-bad" role="alert"><${Icon} name="warn" />
				<span>${wrong.value.whole}</span></p>`}
			<label class="k-field">${t('policy_note')}<input name="note" maxlength="200" value=${note.value}
				onInput=${(event) => type(note, event.target.value)} /></label>
			<div class="k-actions">
				<button class="k-button k-primary" name="save" disabled=${busy.value}>
					${t(busy.value ? 'saving' : 'save')}</button>
				${previewed.includes(policy.key) && html`<button type="button" class="k-button" name="preview"
					disabled=${busy.value} onClick=${preview}>${t('policy_preview')}</button>`}
				<button type="button" class="k-button" name="reset" disabled=${busy.value}
					onClick=${() => { resetting.value = true }}>${t('policy_reset')}</button>
				${policy.id && html`<a class="k-plain" href=${session.href(
					`audit?collection=policies&record=${policy.id}`)}>${t('policy_history')}</a>`}
			</div>
		</section>
	</form>
	${shown.value && html`<${Preview} session=${session} found=${shown.value}
		onClose=${() => { shown.value = null }} />`}
	${resetting.value && html`<${Confirm} title=${t('policy_reset')} label=${t('policy_reset')} run=${reset}
		onClose=${() => { resetting.value = false }}>
		<p>${t('policy_reset_asks', { name: word(policy.shape) })}</p><//>`}`
}

// partsOf are the sentences of a refusal by the path of the part; whole is that of the policy.
function partsOf({ data = {} }) {
	const parts = {}
	for (const [key, one] of Object.entries(data)) {
		if (key.startsWith('value.')) parts[key.slice('value.'.length)] = one.message
	}
	if (Object.keys(parts).length === 0 && data.value?.message) parts.whole = data.value.message
	return parts
}
