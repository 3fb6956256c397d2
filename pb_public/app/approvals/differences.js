import { Table } from '../components/table.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'

// Differences are the fields of a request side by side: as they were asked about, as they will be.
export function Differences({ session, payload }) {
	const rows = [...rowsOf(payload?.changes, ''), ...(payload?.contacts ?? []).flatMap(contactRows)]
	if (rows.length === 0) return null
	return html`<${Table} label=${t('differences')} rows=${rows} keyOf=${(row) => row.path}
		columns=${[
			{ key: 'field', title: t('field'), narrow: true, cell: (row) => row.label ??
				`${session.fields.label(row.path)}${row.who ? `（${row.who}）` : ''}` },
			{ key: 'old', title: t('old_value'), narrow: true,
				cell: (row) => html`<del>${text(session, row, row.old)}</del>` },
			{ key: 'new', title: t('new_value'), narrow: true,
				cell: (row) => html`<ins>${text(session, row, row.new)}</ins>` },
		]} />`
}

const rowsOf = (changes, prefix, who) => Object.entries(changes ?? {}).map(([key, change]) =>
	({ path: prefix + key, who, ...change }))

function contactRows(contact) {
	if (!contact.remove) return rowsOf(contact.changes, 'contacts.', contact.name)
	return [{ path: `remove.${contact.id}`, label: t('contact_removed'), old: contact.name, new: '' }]
}

// text shows a value as people read it: labels for options, names for ids.
function text(session, { path }, value) {
	if (value === null || value === undefined || value === '') return '–'
	if (Array.isArray(value)) return value.map((one) => text(session, { path }, one)).join('、')
	const field = session.fields.find(path)
	if (field?.kind === 'staff') return session.names.of('staff', value) || value
	if (field?.kind === 'tags') return session.names.of('tags', value) || value
	return field?.options ? session.fields.option(path, value) : String(value)
}
