import { html } from '../dom.js'

// Table draws rows by columns { key, title, cell(row), narrow, numeric }: what is not narrow is left
// out on a phone. A row's link is reached with Tab, and from there with the arrow keys.
export function Table({ label, columns, rows, keyOf, empty, busy }) {
	return html`<div class="k-table-box" aria-busy=${busy ? 'true' : 'false'}>
		<table class="k-table">
			<caption class="k-hidden">${label}</caption>
			<thead><tr>${columns.map((column) => html`
				<th key=${column.key} scope="col" class=${classOf(column)} aria-sort=${column.sort}>
					${column.title}
				</th>`)}</tr></thead>
			<tbody onKeyDown=${arrows}>${rows.map((row) => html`
				<tr key=${keyOf(row)} class=${row.rowClass}>${columns.map((column) => html`
					<td key=${column.key} class=${classOf(column)}>${column.cell(row)}</td>`)}
				</tr>`)}
			</tbody>
		</table>
		${rows.length === 0 && !busy && html`<p class="k-empty">${empty}</p>`}
	</div>`
}

function classOf(column) {
	return [column.narrow ? '' : 'k-wide', column.numeric ? 'k-numeric' : '', column.class ?? '']
		.join(' ').trim() || undefined
}

// arrows moves between the links of neighbouring rows.
function arrows(event) {
	const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key]
	if (!step || !event.target.matches('a, button')) return
	const link = event.target.closest('tr')[step]?.querySelector('a, button')
	if (!link) return
	event.preventDefault()
	link.focus()
}
