import { OptionTag, Tag } from '../components/tag.js'
import { html, useSignal } from '../dom.js'
import { count, show } from '../format.js'
import { t } from '../i18n.js'

// Compare is the side by side table: the survivor on top, and for each field whose value stays.
// choices holds field → record; onChoose(field, record) takes another.
export function Compare({ session, preview, choices, onChoose, onKeep, onDrop }) {
	const different = useSignal(true)
	const rows = preview.fields.filter((row) => !different.value || !row.same)
	return html`<section class="k-card">
		<label class="k-tick"><input type="checkbox" name="different" checked=${different.value}
			onChange=${(event) => { different.value = event.target.checked }} />
			<span>${t('merge_only_different')}</span></label>
		<div class="k-table-box"><table class="k-table k-compare">
			<caption class="k-hidden">${t('merge_title')}</caption>
			<thead><tr><th scope="col">${t('merge_field')}</th>
				${preview.records.map((record) => html`<${Top} key=${record.id} session=${session}
					record=${record} preview=${preview} onKeep=${onKeep} onDrop=${onDrop} />`)}
				<th scope="col">${t('merge_why')}</th></tr></thead>
			<tbody>
				<tr><th scope="row">${t('merge_belongings')}</th>
					${preview.records.map((record) => html`<td key=${record.id}>
						<${Counts} session=${session} counts=${record.counts} /></td>`)}<td /></tr>
				${rows.map((row) => html`<${Row} key=${row.field} session=${session} row=${row}
					records=${preview.records} chosen=${choices[row.field]} onChoose=${onChoose} />`)}
			</tbody>
		</table></div>
	</section>`
}

function Top({ session, record, preview, onKeep, onDrop }) {
	const kept = record.id === preview.keep
	return html`<th scope="col" class=${kept ? 'k-kept' : undefined}>
		<label class="k-tick"><input type="radio" name="keep" value=${record.id} checked=${kept}
			aria-label=${t('merge_keep_this', { number: record.number })}
			onChange=${() => onKeep(record.id)} /><span>${t('merge_keep')}</span></label>
		<a href=${session.href(`customers/${record.id}`)} target="_blank">${record.name || record.number}</a>
		<span class="k-code k-quiet">${record.number}</span>
		<span class="k-tags"><${OptionTag} session=${session} field="status" value=${record.status} />
			${record.id === preview.suggested_keep && html`<${Tag} tone="accent"
				title=${preview.keep_reason.text}>${t('merge_suggested')}${t('colon')}
				${preview.keep_reason.text}<//>`}</span>
		${preview.records.length > 2 && html`<button type="button" class="k-plain"
			onClick=${() => onDrop(record.id)}>${t('merge_drop')}</button>`}
	</th>`
}

function Counts({ session, counts }) {
	const some = Object.entries(counts)
	if (some.length === 0) return t('none_yet')
	return some.map(([name, n]) => html`<span key=${name} class="k-count">
		${session.fields.collection(name)} ${count(n)}</span>`)
}

// Row is one field: a choice among the records, unless all are the same or all are kept.
function Row({ session, row, records, chosen, onChoose }) {
	const field = session.fields.find(`customers.${row.field}`)
	const text = (id) => show(session, field, { [row.field]: row.values[id],
		expand: { [row.field]: row.texts[id] && { name: row.texts[id] } } })
	return html`<tr data-row=${row.field}>
		<th scope="row">${session.fields.label(row.field)}</th>
		${records.map(({ id }) => html`<td key=${id} class=${chosen === id ? 'k-kept' : undefined}>
			${row.same || row.field === 'tags' ? text(id) : html`<label class="k-tick">
				<input type="radio" name=${`choice_${row.field}`} value=${id} checked=${chosen === id}
					onChange=${() => onChoose(row.field, id)} />
				<span>${text(id) || html`<span class="k-quiet">${t('nobody')}</span>`}</span></label>`}
		</td>`)}
		<td class="k-quiet">${row.same ? '' : row.reason.text}</td>
	</tr>`
}
