import { Dialog } from '../components/dialog.js'
import { Table } from '../components/table.js'
import { html } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'

// The policies whose change moves customers from one class to another.
export const previewed = ['tiers', 'value', 'cycle', 'pool']

// Preview shows which customers a policy would move, before it is saved.
export function Preview({ session, found, onClose }) {
	if (!found.thresholds) return html`<${PoolPreview} session=${session} found=${found} onClose=${onClose} />`
	const said = (field, key) => (key ? session.fields.option(field, key) : t('preview_none'))
	const step = (field, from, to) =>
		`${session.fields.label(field)}${t('colon')}${said(field, from)} → ${said(field, to)}`
	return html`<${Dialog} wide title=${t('policy_preview')} onClose=${onClose}>
		<p data-preview=${found.n}>${found.n ? t('preview_moves', { n: count(found.n) })
			: t('preview_nothing')}</p>
		${found.moves.length > 0 && html`<ul>${found.moves.map((one) => html`
			<li key=${one.field + one.from + one.to}>${step(one.field, one.from, one.to)} <strong>
				${count(one.n)}</strong></li>`)}</ul>
			<${Table} label=${t('policy_preview')} rows=${found.items} keyOf=${(row) => row.id} empty=""
				columns=${[
					{ key: 'number', title: session.fields.label('number'), narrow: true, class: 'k-code',
						cell: (row) => html`<a target="_blank"
							href=${session.href(`customers/${row.id}`)}>${row.number}</a>` },
					{ key: 'name', title: session.fields.label('name'), cell: (row) => row.name },
					{ key: 'moves', title: t('preview_change'), narrow: true, cell: (row) =>
						Object.keys(row.to).map((field) => step(field, row.from[field], row.to[field]))
							.join(t('semicolon')) }]} />`}
	<//>`
}

// PoolPreview shows which customers would go back to the shared pool.
function PoolPreview({ session, found, onClose }) {
	const text = (key, title) => ({ key, title, cell: (row) => row[key] })
	return html`<${Dialog} wide title=${t('policy_preview')} onClose=${onClose}>
		<p data-preview=${found.n}>${found.n ? t('preview_pool', { n: count(found.n) })
			: t('preview_nothing')}</p>
		${found.n > 0 && html`<${Table} label=${t('policy_preview')} rows=${found.items}
			keyOf=${(row) => row.id} empty=""
			columns=${[{ ...text('number', session.fields.label('number')), narrow: true, class: 'k-code' },
				text('name', session.fields.label('name')), text('owner', t('preview_owner')),
				{ ...text('since', t('pool_since')), narrow: true }]} />`}
	<//>`
}
