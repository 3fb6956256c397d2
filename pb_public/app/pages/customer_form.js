import { awaited, useAnswer } from '../components/answer.js'
import { Field } from '../components/field.js'
import { Icon } from '../components/icon.js'
import { still } from '../components/still.js'
import { complain, say } from '../components/toast.js'
import { Unsaved } from '../components/unsaved.js'
import { Consent } from '../customers/consent.js'
import { Duplicates, minReason } from '../customers/duplicates.js'
import { createEntry } from '../customers/entry.js'
import { layoutOf } from '../customers/layout.js'
import { readCustomer } from '../customers/read.js'
import { html, useEffect, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// A new customer, or the editing of one: every value is checked while it is typed.
export const mount = page(CustomerForm)

const typedIn = (field) => !field.system && !['json', 'file', 'division', 'department'].includes(field.kind)

function CustomerForm({ session, params }) {
	const entry = useAnswer()
	useEffect(() => {
		entry.ask(() => open(session, params.id))
		return () => entry.value.peek()?.stop()
	}, [])
	if (!params.id && !session.may('create')) {
		return html`<p class="k-empty" data-closed>${t('not_for_role')}</p>`
	}
	return awaited(entry) ?? html`<${Form} session=${session} entry=${entry.value.value} />`
}

async function open(session, id) {
	if (id) return createEntry(session, await readCustomer(session, id))
	await Promise.all([session.fields.load(), session.names.load()])
	return createEntry(session, null)
}

function Form({ session, entry }) {
	const saving = useSignal(false)
	const back = entry.id ? `customers/${entry.id}` : 'customers'
	const submit = async (event) => {
		event.preventDefault()
		saving.value = true
		try {
			const id = await still(event.currentTarget, entry.save)
			if (id) {
				say(t('saved'))
				session.go(`customers/${id}`)
				return
			}
			requestAnimationFrame(toFirstFault)
		} catch (error) {
			complain(error)
		} finally {
			saving.value = false
		}
	}
	// the question stands beside the form: what is answered in it is not sent here too
	return html`<${Unsaved} held=${entry.held} /><form class="k-entry" onSubmit=${submit} novalidate>
		<div class="k-bar">
			<a class="k-plain" href=${session.href(back)} aria-label=${t('cancel')}><${Icon} name="back" /></a>
			<h1>${entry.id ? t('edit_customer', { name: entry.name }) : t('new_customer')}</h1>
			<div class="k-actions">
				<a class="k-button" href=${session.href(back)}>${t('cancel')}</a>
				<button class="k-button k-primary" disabled=${saving.value}>
					${t(saving.value ? 'saving' : 'save')}</button>
			</div>
		</div>
		<${Duplicates} session=${session} found=${entry.checked.value.duplicates} reason=${entry.reason}
			onParent=${(number) => entry.type('parent', number)} />
		<${Sections} session=${session} entry=${entry} />
		${!entry.id && html`<${Contact} session=${session} entry=${entry} />`}
	</form>`
}

function toFirstFault() {
	document.querySelector('[aria-invalid="true"], .k-duplicates input')?.focus()
}

function Sections({ session, entry }) {
	const kind = entry.values.value.kind
	return layoutOf(session, kind, typedIn).map(([title, fields]) => html`
		<fieldset key=${title} class="k-card"><legend>${t(title)}</legend>
			<div class="k-form">${fields.map((field) => html`<${Entered} key=${field.key}
				session=${session} entry=${entry} field=${field} at=${field.key} />`)}</div>
		</fieldset>`)
}

// Contact is the first contact of a new customer; more are added on its page.
function Contact({ session, entry }) {
	const fields = ['name', 'title', 'mobile', 'email'].flatMap((key) =>
		session.fields.find(`contacts.${key}`) ?? [])
	if (entry.values.value.kind === 'individual' || fields.length === 0) return null
	return html`<fieldset class="k-card"><legend>${session.fields.collection('contacts')}</legend>
		<div class="k-form">${fields.map((field) => html`<${Entered} key=${field.key} session=${session}
			entry=${entry} field=${field} at="contacts.0.${field.key}" />`)}</div>
	</fieldset>`
}

// Entered is one field with what the check says of it. at is its place in the check's answer.
function Entered({ session, entry, field, at }) {
	const error = entry.errorOf(at)
	const sealed = field.kind === 'cert' || field.kind === 'bank'
	return html`<${Field} session=${session} field=${field} value=${entry.valueOf(at)}
		onValue=${(value) => entry.type(at, value)} onLeave=${() => entry.leave(at)}
		error=${error?.message} warning=${entry.checked.value.warnings[at]?.message}
		note=${noteOf(session, entry, field, at)} placeholder=${sealed ? entry.before[at] : undefined}
		missing=${entry.missing(at)}>
		${confirmable.includes(error?.code) && html`<${Confirm} entry=${entry} at=${at} />`}
		${sealed && entry.valueOf(at) && html`<${Consent} session=${session} entry=${entry}
			purpose=${field.kind === 'bank' ? 'bank' : 'sensitive_id'} />`}
	<//>`
}

// confirmable are the codes of values that may stand against the standard, with a reason (R3.4).
const confirmable = ['uscc_check_character', 'uscc_organisation_code', 'uscc_truncated',
	'regno_legacy', 'legacy_reg_no_confirm']

function Confirm({ entry, at }) {
	return html`<label class="k-confirm">${t('confirm_value')}
		<input type="text" name="confirm_${at}" maxlength="500" placeholder=${t('reason_at_least',
			{ n: minReason })} onChange=${(event) => entry.confirm(at, event.target.value)} />
	</label>`
}

// legible are the kinds that are stored as a person reads them.
const legible = ['text', 'name', 'address', 'mobile', 'landline', 'email', 'uscc', 'regno', 'date']

// noteOf says what will be stored where that differs from what was typed.
function noteOf(session, entry, field, at) {
	const stored = entry.normalized(at)
	const typed = entry.valueOf(at)
	const differs = typeof stored === 'string' && typed && stored !== typed
	return differs && legible.includes(field.kind) ? t('stored_as', { value: stored }) : undefined
}
