import { day } from '../format.js'
import { signal } from '../dom.js'
import { isRelative, minReason } from './duplicates.js'

const pause = 300 // milliseconds after the last key
const nothing = { errors: {}, warnings: {}, missing: [], duplicates: [], normalized: {}, contacts: [] }

// createEntry is the state of the form of one customer: record is the stored one, or null. Nothing is
// judged here: the server's check says what is wrong, the same that a save would say.
export function createEntry(session, record) {
	const before = record ? valuesOf(session, record) : { kind: 'enterprise' }
	const entry = {
		id: record?.id, name: record?.name || record?.number, before,
		values: signal(before), contact: signal({}), checked: signal(nothing), left: signal(new Set()),
		tried: signal(false), reason: signal(''), consent: signal(
			{ purposes: [], method: 'paper', statement_version: '' }), confirmed: {},
	}
	const checking = createChecking(session.api, entry)
	return Object.assign(entry, {
		stop: checking.stop,
		check: checking.soon,
		valueOf: (at) => (contactKey(at) ? entry.contact.value[contactKey(at)] : entry.values.value[at]),
		type: (at, value) => {
			const [box, key] = contactKey(at) ? [entry.contact, contactKey(at)] : [entry.values, at]
			box.value = { ...box.value, [key]: value }
			checking.soon()
		},
		leave: (at) => {
			entry.left.value = new Set(entry.left.value).add(at)
		},
		confirm: (at, reason) => {
			entry.confirmed[at] = reason
			checking.soon()
		},
		errorOf: (at) => shownError(entry, at),
		missing: (at) => entry.checked.value.missing.includes(at.replace('.0.', '.')) && !entry.valueOf(at),
		normalized: (at) => (contactKey(at) ? entry.checked.value.contacts[0]?.[contactKey(at)]
			: entry.checked.value.normalized[at]),
		held: () => !entry.stored && holdsMore(entry),
		save: () => save(session, entry, checking),
	})
}

const contactKey = (at) => at.match(/^contacts\.0\.(\w+)$/)?.[1]

// shownError keeps quiet about what a person has not come to yet.
function shownError(entry, at) {
	const error = entry.checked.value.errors[at]
	const early = !entry.tried.value && (!entry.left.value.has(at) || error?.code === 'required')
	return early ? undefined : error
}

// valuesOf is a record as it stands in a form: an industry by its name, a parent by its number, a
// sealed number empty.
function valuesOf(session, record) {
	const values = {}
	for (const field of session.fields.of('customers')) {
		const value = record[field.key]
		values[field.key] = { industry: record.expand?.industry?.name ?? value,
			customer: record.expand?.parent?.number ?? value,
			money: value || '', number: value || '' }[field.kind] ?? value
	}
	return values
}

const isEmpty = (value) => value === undefined || value === null || value === '' || value.length === 0

// changed are the values to send: all that are filled of a new customer, else those that differ.
function changed(entry) {
	const values = Object.entries(entry.values.value)
	return Object.fromEntries(values.filter(([key, value]) =>
		(entry.id ? value !== entry.before[key] : !isEmpty(value))))
}

const contactOf = (entry) => (Object.values(entry.contact.value).every(isEmpty) ? null
	: { ...entry.contact.value, primary: true })

// holdsMore: there is something that was typed.
function holdsMore({ before, values, contact }) {
	const typed = ([key, value]) => value !== before[key] && !(isEmpty(value) && isEmpty(before[key]))
	return Object.entries(values.value).some(typed) || !Object.values(contact.value).every(isEmpty)
}

function bodyOf(entry) {
	const { purposes } = entry.consent.value
	return { confirm: entry.confirmed, consent: purposes.length ? entry.consent.value : undefined }
}

function createChecking(api, entry) {
	let asked = 0
	let timer
	const now = async () => {
		clearTimeout(timer)
		const mine = ++asked
		const contact = contactOf(entry)
		const answer = await api.post('/api/kehu/check', { id: entry.id, customer: changed(entry),
			contacts: contact ? [contact] : [], ...bodyOf(entry) })
		if (mine === asked) entry.checked.value = { ...nothing, ...answer }
		return answer
	}
	return {
		now,
		soon: () => {
			clearTimeout(timer)
			timer = setTimeout(() => now().catch(() => {}), pause) // saving says what is wrong
		},
		stop: () => {
			asked++
			clearTimeout(timer)
		},
	}
}

// save answers the customer's id, or nothing where the form shows what is wrong.
async function save(session, entry, checking) {
	entry.tried.value = true
	const answer = await checking.now()
	const exact = answer.duplicates.some((one) => one.level === 'exact')
	const asked = answer.duplicates.filter((one) => !isRelative(one))
	const unexplained = asked.length > 0 && [...entry.reason.value.trim()].length < minReason
	if (Object.keys(answer.errors).length > 0 || exact || unexplained) return null
	try {
		await session.api.batch(requests(session.api, entry))
		entry.stored = true
		return entry.id ?? entry.made
	} catch (error) {
		if (![400, 409].includes(error.status) || !error.data.duplicates && error.data.at === undefined) {
			throw error
		}
		showRefusal(entry, error)
		return null
	}
}

// requests are one transaction: the customer, its first contact, the consent of a changed number.
function requests(api, entry) {
	const body = { ...changed(entry), ...bodyOf(entry),
		confirm_duplicate: entry.reason.value.trim() || undefined }
	if (entry.id) {
		const consent = body.consent && { method: 'POST', url: api.records('consents'),
			body: { ...body.consent, customer: entry.id, granted: day(new Date().toISOString()) } }
		return [...(consent ? [consent] : []),
			{ method: 'PATCH', url: api.records('customers', entry.id), body }]
	}
	entry.made = newId()
	const contact = contactOf(entry)
	return [{ method: 'POST', url: api.records('customers'), body: { ...body, id: entry.made } },
		...(contact ? [{ method: 'POST', url: api.records('contacts'), body: { ...contact,
			customer: entry.made, confirm_duplicate: body.confirm_duplicate } }] : [])]
}

// newId is a record's id made here, so that the contact of the same transaction can name it.
function newId() {
	const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
	return Array.from(crypto.getRandomValues(new Uint32Array(15)), (n) => letters[n % 36]).join('')
}

function showRefusal(entry, error) {
	const prefix = error.data.at > 0 && !entry.id ? 'contacts.0.' : ''
	const errors = {}
	for (const [key, one] of Object.entries(error.data)) {
		if (one?.message && key !== 'duplicates') errors[prefix + key] = one
	}
	entry.checked.value = { ...entry.checked.value, errors,
		duplicates: error.data.duplicates ?? [] }
	if (Object.keys(errors).length === 0 && !error.data.duplicates) throw error
}
