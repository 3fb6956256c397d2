import { Tag } from '../components/tag.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'

const samples = 3 // values shown of each column

// Mapping shows what each column was taken for; a person may choose otherwise.
export function Mapping({ session, job, preview }) {
	const { columns } = preview.mapping
	const named = columns.filter((column) => column.header || values(preview, column).length)
	// A field is given by one column: choosing it here takes it away there.
	const choose = (column, field) => {
		const chosen = { ...preview.chosen, [column.index + 1]: field }
		for (const other of columns) {
			if (other !== column && field && field !== 'ignore' && other.field === field) {
				chosen[other.index + 1] = ''
			}
		}
		job.change({ mapping: chosen })
	}
	return html`<details class="k-card" open=${!columns.some((column) => column.field === 'name') ||
		preview.unmapped?.length > 0 || columns.length <= 12}>
		<summary><h2>${t('mapping')}</h2>
			<span class="k-quiet">${t('mapping_help', { row: preview.mapping.row })}</span></summary>
		<div class="k-table-box k-tall"><table class="k-table k-mapping">
			<caption class="k-hidden">${t('mapping')}</caption>
			<thead><tr><th scope="col">${t('column')}</th><th scope="col">${t('header')}</th>
				<th scope="col" class="k-wide">${t('examples')}</th><th scope="col">${t('means')}</th></tr></thead>
			<tbody>${named.map((column) => html`<tr key=${column.index}>
				<td class="k-code">${letters(column.index)}</td>
				<td><strong>${column.header || t('no_header')}</strong>
					${column.unit && html` <${Tag}>${column.unit}<//>`}</td>
				<td class="k-wide k-quiet">${values(preview, column).join(' · ')}</td>
				<td><${Target} session=${session} preview=${preview} column=${column}
					busy=${job.busy.value} onChoose=${(field) => choose(column, field)} /></td>
			</tr>`)}</tbody>
		</table></div>
	</details>`
}

function Target({ session, preview, column, busy, onChoose }) {
	const chosen = column.field === 'ignore' ? '' : column.field
	const groups = grouped(preview.targets, chosen)
	return html`<select class=${chosen ? '' : 'k-unmapped'} disabled=${busy} name="column_${column.index + 1}"
		aria-label="${t('means')} ${column.header}" onChange=${(event) => onChoose(event.target.value)}>
		<option value="" selected=${!chosen}>${t('not_imported')}</option>
		${groups.map(([name, fields]) => html`<optgroup key=${name} label=${session.fields.collection(name)}>
			${fields.map((field) => html`<option key=${field} value=${field} selected=${field === chosen}>
				${session.fields.label(field)}</option>`)}
		</optgroup>`)}
	</select>`
}

// grouped sorts the targets by collection. A second contact's field is offered where it was found.
function grouped(targets, chosen) {
	const fields = targets.map((target) => target.field)
	if (chosen && !fields.includes(chosen)) fields.push(chosen)
	const groups = new Map()
	for (const field of fields) {
		const [first, rest] = field.split('.')
		const name = rest && first !== 'division' && first !== 'customer' ? first : 'customers'
		groups.set(name, [...(groups.get(name) ?? []), field])
	}
	return [...groups]
}

function values(preview, { index }) {
	const all = preview.sample.map((row) => row.cells?.[index]).filter(Boolean)
	return [...new Set(all)].slice(0, samples)
}

// letters names a column as a spreadsheet does: 0 is A, 26 is AA.
export function letters(index) {
	const last = String.fromCharCode(65 + index % 26)
	return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
}
