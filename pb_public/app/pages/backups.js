import { Clear, Download, Drill, Make, Verify } from '../backups/acts.js'
import { columns, placeName } from '../backups/list.js'
import { State } from '../backups/state.js'
import { awaited, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { Table } from '../components/table.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

const dialogs = { make: Make, verify: Verify, drill: Drill, download: Download, clear: Clear }

// Backups: what there is and where, whether it was proven to come back, and the acts on it.
export const mount = page(Backups)

function Backups({ session }) {
	const found = useAnswer()
	const open = useSignal(null)
	const load = () => found.ask(async () => {
		const [list, health] = await Promise.all([session.api.get('/api/kehu/backups'),
			session.api.get('/api/kehu/health'), session.fields.load()])
		return { ...list, said: Object.fromEntries((health.conditions ?? [])
			.map((one) => [one.code, one.message])) }
	})
	useEffect(() => {
		load()
	}, [])
	if (!session.may('backups')) return html`<p class="k-empty">${t('not_yours')}</p>`
	const waiting = awaited(found)
	if (waiting) return waiting
	const { items, state, unreachable, said } = found.value.value
	const act = (name, row) => {
		open.value = { name, row }
	}
	const clear = async () => {
		try {
			const { items } = await session.api.post('/api/kehu/retention', { dry_run: true })
			const gone = items.filter((one) => !one.keep)
			if (gone.length) open.value = { name: 'clear', items: gone }
			else say(t('backup_nothing_goes'))
		} catch (error) {
			complain(error)
		}
	}
	const Asked = open.value && dialogs[open.value.name]
	return html`
		<div class="k-bar"><div class="k-title"><h1>${t('nav_backups')}</h1>
			<p class="k-quiet">${t('backup_help')}</p></div>
			<div class="k-actions">
				<button type="button" class="k-button" name="clear" onClick=${clear}>${t('backup_clear')}</button>
				<button type="button" class="k-button k-primary" name="make" onClick=${() => act('make')}>
					<${Icon} name="plus" />${t('backup_make')}</button></div>
		</div>
		${state && html`<${State} state=${state} said=${said} />`}
		${(unreachable ?? []).map((one) => html`<p key=${one.place} class="k-note k-tone-bad">
			<${Icon} name="warn" /><span>${t('backup_unreachable', { place: placeName(one.place),
				why: one.error })}</span></p>`)}
		<${Table} label=${t('nav_backups')} rows=${items} keyOf=${(row) => row.name}
			empty=${t('backup_none')} columns=${columns(act)} />
		${Asked && html`<${Asked} session=${session} row=${open.value.row} items=${open.value.items}
			onClose=${(done) => {
				open.value = null
				if (done) load()
			}} />`}`
}
