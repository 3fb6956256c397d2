import { actName } from '/app/audit/entry.js'
import { jobName, moment, show } from '/app/format.js'
import { lang, t as say } from '/app/i18n.js'
import { askReveal } from './reveal.js'

const revealed = ['customers', 'contacts'] // collections that have a route for it
const ours = ['select', 'selectmany', 'money', 'number', 'bool', 'autodate', 'date']

// showValues draws the values of records as people here read them: labels for options, masks with a
// way to the value, money and dates, and the marks of what is still missing.
export function showValues(member, speech) {
	const { app } = window
	for (const type of Object.values(app.fieldTypes)) {
		if (!type.view) continue
		const view = type.view
		type.view = speech.within(speech.data, (props) => own(member, speech, props) ?? view(props))
	}
	app.components.recordSummary = speech.within(speech.data, app.components.recordSummary)
	app.components.formattedDate = speech.within(speech.data, dated)
	inputs(member, speech)
}

function dated(props) {
	const { t } = window
	const value = () => (typeof props.value === 'function' ? props.value() : props.value)
	return t.span({ className: 'formatted-date kehu-date' }, () => moment(value()) || blank())
}

const blank = () => window.t.span({ className: 'missing-value' })

function own(member, speech, { record, field, short }) {
	const { t } = window
	const collection = nameOf(record)
	if (!collection || member.known.version < 0) return null
	const listed = member.session.fields.find(`${collection}.${field.name}`)
	const known = listed?.collection === collection ? listed : null
	const value = record[field.name]
	const masked = record.masked?.[field.name]
	if (collection === 'customers' && field.name === 'number' && short) {
		return t.span({ className: 'txt' }, String(value || ''), member.suspected(record.id)
			? t.span({ className: 'label danger kehu-mark' }, say('suspected_duplicate')) : '')
	}
	if (masked !== undefined) return hidden(member, collection, record, known, masked)
	if (known?.class === 'S' && value) return hidden(member, collection, record, known, value)
	if (field.type === 'bool') return t.span({ className: 'label' }, value ? say('yes') : say('no'))
	if (field.type === 'select') {
		const keys = [value].flat().filter(Boolean)
		return keys.length ? t.div({ className: 'inline-flex gap-5' }, ...keys.map((key) => t.span({
			className: `label kehu-${field.name}-${key}`, title: whyTier(record, field) || speech.optionLabel(collection, field.name, key),
			textContent: speech.optionLabel(collection, field.name, key) }))) : blank()
	}
	if (collection === 'audit_log' && field.name === 'action') return t.span({ className: 'txt' }, actName(value))
	if (collection === 'jobs_log' && field.name === 'job') return t.span({ className: 'txt' }, jobName(value))
	if (collection === 'policies' && field.name === 'key') return policy(member, value)
	if (field.name === 'collection' && field.type === 'text' && value) {
		return t.span({ className: 'txt', title: value }, speech.collectionLabel(value))
	}
	if (collection === 'customers' && field.name === 'missing') return missing(speech, value)
	if (collection === 'customers' && field.name === 'tier_reason') return reason(value, short)
	if (collection === 'customers' && field.name === 'tier_rule' && record.tier_reason?.rule === value) {
		return t.span({ className: 'txt' }, record.tier_reason.name || blank())
	}
	if (known && ours.includes(known.kind)) {
		return t.span({ className: 'txt' }, show(member.session, known, record) || blank())
	}
	return null
}

// policy is a policy's name, once the server has told the names.
function policy(member, key) {
	const name = window.t.span({ className: 'txt', title: key }, key)
	policies ??= member.session.api.get('/api/kehu/policies').catch(() => ({ items: [] }))
	policies.then(({ items }) => {
		const { label, label_en: english } = items.find((one) => one.key === key)?.shape ?? {}
		name.textContent = (lang.value === 'en' ? english : label) || key
	})
	return name
}

let policies

// nameOf: a record in a list names its collection.
const nameOf = (record) => record?.collectionName ??
	window.app.store.collections.find(({ id }) => id === record?.collectionId)?.name

// hidden is a value that the reader may only recognise, with a way to the value where there is one.
function hidden(member, collection, record, field, mask) {
	const { t } = window
	const open = revealed.includes(collection) && field && member.session.mayReveal(field)
	return t.span({ className: 'kehu-masked' }, t.span({ className: 'txt' }, String(mask)),
		open ? t.button({ type: 'button', className: 'kehu-reveal link-hint', title: say('reveal'),
			onclick: (event) => {
				event.stopPropagation()
				event.preventDefault()
				askReveal(member, collection, record, field)
			} }, t.i({ className: 'ri-eye-line', ariaHidden: true }),
		t.span({ className: 'txt' }, say('reveal'))) : '')
}

// whyTier is what a customer's tier stands on, where the reader may know it.
const whyTier = (record, field) => (field.name === 'tier' ? sentences(record.tier_reason).join('\n') : '')

function missing(speech, keys) {
	const { t } = window
	if (!keys?.length) return t.span({ className: 'label success' }, say('complete'))
	const labels = keys.map((key) => speech.fieldLabel('customers', key))
	return t.span({ className: 'label warning', title: labels.join('、') },
		labels.length > 2 ? say('n_missing', { n: labels.length }) : labels.join('、'))
}

// reason says why a customer has its tier.
function reason(value, short) {
	const { t } = window
	const lines = sentences(value)
	if (!lines.length) return blank()
	const text = short ? lines[0] : lines.join('\n')
	return t.span({ className: 'txt kehu-reason', title: lines.join('\n') }, text)
}

function sentences(value) {
	if (!value) return []
	if (typeof value === 'string') return [value]
	if (Array.isArray(value)) return value.flatMap(sentences)
	if (value.name && value.reasons) {
		return [value.name, ...sentences([...value.reasons, value.value, value.cycle].filter(Boolean))]
	}
	return [value.zh ?? value.text ?? value.reason ?? Object.entries(value)
		.map(([key, one]) => `${key} ${typeof one === 'object' ? JSON.stringify(one) : one}`).join('，')]
}

// inputs gives the form's fields their labels, help and options, and leaves out what is not there for
// the reader's role.
function inputs(member, speech) {
	const { app } = window
	for (const type of Object.values(app.fieldTypes)) {
		if (!type.input) continue
		const input = type.input
		type.input = (props) => {
			const context = { kind: 'input', field: () => props.field, collection: () => props.collection }
			return speech.within(context, () => entry(member, speech, props, input))()
		}
	}
	const select = app.components.select
	app.components.select = (props) => {
		const context = speech.here()
		if (context.kind !== 'input') return select(props)
		const { options } = props
		const label = (one) => ({ ...one, label: one.label ?? speech.optionLabel(
			context.collection()?.name, context.field().name, one.value) })
		return speech.within({ kind: 'select' }, select)({ ...props,
			options: typeof options === 'function' ? () => options().map(label) : options?.map(label) })
	}
	for (const type of Object.values(app.fieldTypes)) keepUntouched(type)
}

function entry(member, speech, props, input) {
	const { t } = window
	const collection = props.collection?.name
	const table = member.session.fields.of(collection)
	const known = table.find(({ key }) => key === props.field.name)
	const frame = ['id', 'customer', 'created', 'updated'].includes(props.field.name)
	if (table.length && !known && !frame || props.field.primaryKey && !props.originalRecord?.id) {
		return t.div({ hidden: true })
	}
	const help = known && member.session.fields.help(known)
	const element = input(Object.create(props, { field: { get: () => (help
		? { ...props.field, help } : props.field) } }))
	if (known?.system) element.setAttribute('inert', '')
	const masked = props.originalRecord?.masked?.[props.field.name]
	if (known && (masked !== undefined || known.class === 'S' && props.originalRecord?.[props.field.name])) {
		element.append(speech.within(speech.data, hidden)(member, collection, props.originalRecord, known,
			masked ?? props.originalRecord[props.field.name]))
	}
	return element
}

// keepUntouched: the form sends whole records; what nobody touched is left out, so that saving takes
// back nothing that somebody else has changed meanwhile.
function keepUntouched(type) {
	const before = type.onrecordsave
	type.onrecordsave = async (props) => {
		await before?.(props)
		const { record, originalRecord, field, payload } = props
		for (const key of ['masked', 'expand', 'collectionId', 'collectionName']) delete payload[key]
		if (!originalRecord?.id || field.type === 'file') return
		if (same(record[field.name], originalRecord[field.name])) delete payload[field.name]
	}
}

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
