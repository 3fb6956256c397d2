import { Unread } from '../components/answer.js'
import { Dialog } from '../components/dialog.js'
import { Icon } from '../components/icon.js'
import { say } from '../components/toast.js'
import { Unsaved } from '../components/unsaved.js'
import { Compare } from '../duplicates/compare.js'
import { Reason } from '../duplicates/distinct.js'
import { Finder } from '../duplicates/finder.js'
import { html, useEffect, useRef, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

const afterLeaving = 300 // milliseconds: what is said before the next page is there goes with this one

// Customers side by side, and one of them kept.
export const mount = page(Merge)

function Merge({ session, params }) {
	const ids = useSignal((params.query?.get('ids') ?? '').split(',').filter(Boolean))
	const preview = useSignal(null)
	const choices = useSignal({}) // field → record, what was suggested and what was chosen
	const chosen = useSignal({}) // what the user chose: another survivor or a third record does not undo it
	const merged = useRef(false)
	const asking = useSignal(false)
	const asked = useSignal(0)
	const failed = useSignal(null)
	const load = async (keep = '') => {
		const turn = ++asked.value
		failed.value = null
		session.replace(`duplicates/merge?ids=${ids.value.join()}`)
		try {
			await Promise.all([session.fields.load(), session.names.load()])
			if (ids.value.length < 2) {
				preview.value = null
				return
			}
			const answer = await session.api.get('/api/kehu/merges/preview', { ids: ids.value.join(), keep })
			if (turn !== asked.value) return // a later one is under way
			choices.value = Object.fromEntries(answer.fields.filter(({ same, suggested }) => !same && suggested)
				.map(({ field, suggested }) => [field, ids.value.includes(chosen.value[field])
					? chosen.value[field] : suggested]))
			preview.value = answer
		} catch (error) {
			if (turn !== asked.value) return
			preview.value = null
			failed.value = { error, again: () => load(keep) }
		}
	}
	useEffect(() => {
		load()
	}, [])
	const choose = (field, id) => {
		chosen.value = { ...chosen.value, [field]: id }
		choices.value = { ...choices.value, [field]: id }
	}
	const change = (next) => {
		ids.value = next
		load()
	}
	return html`
		<${Unsaved} held=${() => !merged.current && Object.keys(chosen.value).length > 0} />
		<div class="k-bar"><a class="k-plain" href=${session.href('duplicates')} aria-label=${t('back_to_list')}
			title=${t('back_to_list')}><${Icon} name="back" /></a><h1>${t('merge_title')}</h1>
			<div class="k-actions"><button type="button" class="k-button k-primary" name="merge"
				disabled=${!preview.value} onClick=${() => { asking.value = true }}>${t('merge')}</button></div>
		</div>
		${preview.value?.problems.map((problem) => html`<p key=${problem.code} class="k-note k-tone-warn">
			<${Icon} name="warn" /><span>${problem.message}</span></p>`)}
		<${Finder} session=${session} taken=${ids.value} onPick=${(id) => change([...ids.value, id])} />
		${failed.value && html`<${Unread} ...${failed.value} />`}
		${preview.value ? html`<${Compare} session=${session} preview=${preview.value} choices=${choices.value}
			onChoose=${choose} onKeep=${(id) => load(id)}
			onDrop=${(id) => change(ids.value.filter((one) => one !== id))} />`
			: !failed.value && html`<p class="k-empty">${t('merge_needs_two')}</p>`}
		${asking.value && html`<${Confirm} session=${session} preview=${preview.value} choices=${choices.value}
			onMerged=${() => { merged.current = true }} onClose=${() => { asking.value = false }} />`}`
}

// Confirm says once more what happens, and does it.
function Confirm({ session, preview, choices, onMerged, onClose }) {
	const reason = useSignal('')
	const problem = useSignal('')
	const busy = useSignal(false)
	const named = (record) => `${record.name ?? ''} ${record.number}`.trim()
	const kept = preview.records.find(({ id }) => id === preview.keep)
	const others = preview.records.filter((one) => one !== kept)
	const submit = async () => {
		busy.value = true
		try {
			const { notes } = await session.api.post('/api/kehu/merges', { keep: kept.id, choices,
				merge: others.map(({ id }) => id), reason: reason.value.trim(),
				updated: Object.fromEntries(preview.records.map(({ id, updated }) => [id, updated])) })
			const said = [t('merge_done', { number: kept.number }), ...notes.map(({ message }) => message)]
				.join(t('semicolon'))
			setTimeout(() => say(said), afterLeaving)
			onMerged()
			session.go(`customers/${kept.id}`)
		} catch (error) {
			problem.value = error.message
			busy.value = false
		}
	}
	return html`<${Dialog} title=${t('merge_title')} onClose=${onClose} onSubmit=${submit}
		actions=${html`<button class="k-button k-primary" name="confirm_merge" disabled=${busy.value}>
			${t('merge')}</button>`}>
		<p>${t('merge_asks', { others: others.map(named).join('、'), keep: named(kept) })}</p>
		<${Reason} value=${reason} problem=${problem.value} label=${t('merge_reason')}
			help=${t('merge_reason_help')} />
	<//>`
}
