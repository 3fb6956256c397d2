import { Dialog } from '../components/dialog.js'
import { Field } from '../components/field.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { day } from '../format.js'
import { t } from '../i18n.js'
import { Duplicates } from './duplicates.js'
import { siblings } from './read.js'

const hidden = ['json'] // kinds that this dialog does not enter

const most = 200

// BelongingDialog enters something that belongs to a customer, or edits a record of it: what was not
// touched is not sent. onClose gets true when it was saved.
export function BelongingDialog({ session, customer, collection, record, onClose }) {
	const values = useSignal(record ? {} : { ...defaults[collection]?.(session) })
	const refused = useSignal({})
	const reason = useSignal('')
	const busy = useSignal(false)
	const fields = session.fields.of(collection).filter((field) => !field.system &&
		!hidden.includes(field.kind))
	const choices = useChoices(session, customer, fields)
	const name = session.fields.collection(collection)
	let saved = false
	const submit = async () => {
		busy.value = true
		try {
			const given = record ? beside(values.value, fields) : { ...values.value, customer: customer.id }
			const body = bodyOf({ ...given, confirm_duplicate: reason.value || undefined })
			const path = session.api.records(collection, record?.id)
			await (record ? session.api.patch(path, body) : session.api.post(path, body))
			saved = true
			say(t('saved'))
			onClose(true)
		} catch (error) {
			refused.value = error.data ?? {}
			if (!placed(error, fields)) complain(error)
		} finally {
			busy.value = false
		}
	}
	return html`<${Dialog} wide title=${record ? t('edit_one', { name })
		: `${t('add')}${t('space')}${name}`}
		onClose=${() => saved || onClose(false)} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary" disabled=${busy.value}>${t('save')}</button>`}>
		<div class="k-form">
			${fields.map((field) => html`<${Field} key=${field.key} session=${session}
				field=${{ ...field, collection, target: siblings[field.key],
					choices: choices.value[field.key] }} placeholder=${record?.masked?.[field.key]}
				value=${field.key in values.value ? values.value[field.key] : known(field, record)}
				error=${refused.value[field.key]?.message}
				onValue=${(value) => { values.value = { ...values.value, [field.key]: value } }} />`)}
		</div>
		<${Duplicates} session=${session} found=${refused.value.duplicates} reason=${reason} />
	<//>`
}

// useChoices are the customer's contacts and contracts, for the fields that name one.
function useChoices(session, customer, fields) {
	const choices = useSignal({})
	useEffect(() => {
		for (const { key } of fields.filter(({ kind }) => kind === 'relation')) {
			session.api.list(siblings[key], { filter: `customer=${JSON.stringify(customer.id)}`, perPage: most,
				skipTotal: 1 }).then(({ items }) => {
				choices.value = { ...choices.value, [key]: items.map((one) => ({ key: one.id,
					label: [one.number, one.name ?? one.masked?.name ?? one.title].filter(Boolean).join(' ') })) }
			}, complain)
		}
	}, [])
	return choices
}

const today = () => day(new Date().toISOString())

const defaults = {
	followups: () => ({ date: today() }),
	orders: () => ({ date: today() }),
	tickets: () => ({ opened: today() }),
}

// known is what the record holds, as it stands in a form: no figure is no text.
const known = ({ key, kind }, record) => (['money', 'number'].includes(kind) ? record?.[key] || ''
	: record?.[key])

// placed tells whether each sentence of a refusal stands somewhere in the dialog.
const placed = ({ data = {} }, fields) => Boolean(data.duplicates) ||
	Object.keys(data).some((key) => fields.some((field) => field.key === key))

// beside adds chosen files to those that a record has already.
const beside = (values, fields) => Object.fromEntries(Object.entries(values).map(([key, value]) => (
	[fields.some((field) => field.key === key && field.many) ? `${key}+` : key, value])))

// bodyOf is what is sent: a form where a file is among the values.
function bodyOf(values) {
	const given = Object.entries(values).filter(([, value]) => value !== undefined)
	if (!given.some(([, value]) => [value].flat()[0] instanceof File)) return Object.fromEntries(given)
	const form = new FormData()
	for (const [key, value] of given) {
		for (const one of [value].flat()) form.append(key, one)
	}
	return form
}
