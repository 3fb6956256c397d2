import { Dialog } from '../components/dialog.js'
import { complain, say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { minReason } from '../customers/duplicates.js'
import { cellText } from './rows.js'

const decisions = ['create', 'update', 'skip']

// Mend reads one refused row again with mended cells, or decides a duplicate.
export function Mend({ session, job, row, onMended, onClose }) {
	const cells = useSignal({}) // header → mended text
	const faults = useSignal(row.errors ?? [])
	const decision = useSignal('')
	const reason = useSignal('')
	const problem = useSignal('')
	const refused = useSignal('') // the reason that was, when it was said
	const busy = useSignal(false)
	const columns = job.state.value.mapping.columns.filter((column) => column.header)
	const submit = async () => {
		if (decision.value === 'create' && [...reason.value.trim()].length < minReason) {
			problem.value = t('reason_short')
			refused.value = reason.value
			return
		}
		busy.value = true
		problem.value = ''
		refused.value = reason.value
		try {
			const answer = await job.mend(row.row, { cells: cells.value,
				decision: decision.value || undefined, reason: reason.value.trim() || undefined })
			faults.value = answer.errors ?? []
			const listed = onMended()
			if (decision.value !== 'skip' && ['failed', 'duplicate'].includes(answer.outcome)) {
				listed.catch(complain) // the row is mended on meanwhile
				return
			}
			await listed
			say(t('mended', { row: row.row, outcome: t(`outcome_${answer.outcome}`) }))
			onClose()
		} catch (error) {
			problem.value = error.message
			if (!error.status) complain(error)
		} finally {
			busy.value = false
		}
	}
	return html`<${Dialog} wide title=${t('mend_row', { row: row.row })} onClose=${onClose} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary" disabled=${busy.value}>${t('take_row')}</button>`}>
		<${Loose} session=${session} faults=${faults.value.filter((fault) => fault.column < 0)} />
		<div class="k-form">${columns.map((column) => html`<${MendCell} key=${column.index} column=${column}
			cells=${cells} kept=${row.raw?.[column.index]}
			faults=${faults.value.filter((fault) => fault.column === column.index)} />`)}</div>
		${row.outcome === 'duplicate' && html`<${Decision} decision=${decision} reason=${reason} />`}
		<p class="k-said k-said-bad" role="alert">${reason.value === refused.value ? problem.value : ''}</p>
	<//>`
}

function Loose({ session, faults }) {
	return faults.map((fault) => html`<p class="k-said k-said-bad">
		${fault.field ? `${session.fields.label(fault.field)} ` : ''}${fault.message}</p>`)
}

function MendCell({ column, cells, kept, faults }) {
	const id = `mend-${column.index}`
	const sealed = kept && typeof kept !== 'string'
	const wrong = faults.some((fault) => !fault.warning)
	const type = (event) => {
		cells.value = { ...cells.value, [column.header]: event.target.value }
	}
	return html`<div class="k-field ${wrong ? 'k-field-bad' : ''}">
		<label for=${id}>${column.header}</label>
		<input id=${id} name="cell_${column.index + 1}" type="text" maxlength="32767" autocomplete="off"
			value=${cells.value[column.header] ?? (sealed ? '' : kept ?? '')}
			placeholder=${sealed ? t('sealed_cell', { mask: cellText(kept) }) : undefined}
			aria-invalid=${wrong ? 'true' : undefined} aria-describedby="${id}-said" onInput=${type} />
		<p id="${id}-said" class="k-said ${wrong ? 'k-said-bad' : 'k-said-warn'}">
			${faults.map((fault) => fault.message).join(t('semicolon'))}</p>
	</div>`
}

function Decision({ decision, reason }) {
	return html`<fieldset class="k-field"><legend>${t('decision')}</legend>
		${['', ...decisions].map((one) => html`<label key=${one} class="k-tick">
			<input type="radio" name="decision" value=${one} checked=${decision.value === one}
				onChange=${() => { decision.value = one }} />
			<span>${t(`decision_${one || 'again'}`)}</span></label>`)}
		${decision.value === 'create' && html`<label>${t('reason')}
			<input type="text" name="reason" maxlength="500" value=${reason.value}
				placeholder=${t('reason_at_least', { n: minReason })}
				onInput=${(event) => { reason.value = event.target.value }} /></label>`}
	</fieldset>`
}
