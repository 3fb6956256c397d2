import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { letters } from './mapping.js'

// Sample shows the first rows and the first with faults as the import reads them. A wrong cell is red;
// its reason stands at the row's beginning, and above the table while one is at the cell.
export function Sample({ session, preview }) {
	const onlyWrong = useSignal(false)
	const at = useSignal('')
	const columns = preview.mapping.columns.filter((column) => column.header)
	const found = preview.sample.some((row) => row.errors?.length > 0)
	const rows = preview.sample.filter((row) => !onlyWrong.value || row.errors?.some((e) => !e.warning))
	return html`<section class="k-card">
		<div class="k-card-head"><h2>${t('preview')}</h2>
			${preview.faulty > 0 && html`<label class="k-tick"><input type="checkbox" name="only_wrong"
				onChange=${(event) => { onlyWrong.value = event.target.checked }} />
				<span>${t('only_wrong')}</span></label>`}
			<p class="k-reason" role="status" aria-live="polite">${at.value}</p>
		</div>
		<div class="k-table-box k-tall"><table class="k-table k-sheet">
			<caption class="k-hidden">${t('preview')}</caption>
			<thead><tr><th scope="col">${t('row')}</th>${found && html`<th scope="col">${t('findings')}</th>`}
				${columns.map((column) => html`<th key=${column.index} scope="col"
					class=${column.field && column.field !== 'ignore' ? '' : 'k-left-out'}>${column.header}</th>`)}
			</tr></thead>
			<tbody>${rows.map((row) => html`<${Row} key=${row.row} session=${session} row=${row}
				columns=${columns} at=${at} found=${found} />`)}</tbody>
		</table></div>
	</section>`
}

function Row({ session, row, columns, at, found }) {
	const faults = row.errors ?? []
	return html`<tr>
		<th scope="row" class="k-code">${row.row}</th>
		${found && html`<td class="k-findings"><${Findings} session=${session} faults=${faults} /></td>`}
		${columns.map(({ index, field }) => html`<${Cell} key=${index} text=${row.cells?.[index]} at=${at}
			place="${letters(index)}${row.row}" leftOut=${!field || field === 'ignore'}
			faults=${faults.filter((fault) => fault.column === index)} />`)}
	</tr>`
}

function Cell({ text, faults, place, at, leftOut }) {
	const wrong = faults.some((fault) => !fault.warning)
	if (faults.length === 0) return html`<td class=${leftOut ? 'k-left-out' : ''}>${text}</td>`
	const reason = `${place}${t('colon')}${faults.map((fault) => fault.message).join(t('semicolon'))}`
	const say = () => {
		at.value = reason
	}
	return html`<td class=${wrong ? 'k-bad' : 'k-doubtful'} tabindex="0" title=${reason}
		aria-label="${text ?? ''} ${reason}" onFocus=${say} onMouseEnter=${say}>${text}</td>`
}

// Findings lists what was found in a row, what forbids storing it first.
export function Findings({ session, faults }) {
	const sorted = [...faults].sort((a, b) => Boolean(a.warning) - Boolean(b.warning))
	return sorted.map((fault) => html`<p class=${fault.warning ? 'k-said-warn' : 'k-said-bad'}>
		${fault.field && html`<strong>${session.fields.label(fault.field)}</strong> `}${fault.message}</p>`)
}
