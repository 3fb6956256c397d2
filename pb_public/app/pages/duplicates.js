import { awaited, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { complain, say } from '../components/toast.js'
import { html, useEffect } from '../dom.js'
import { t } from '../i18n.js'
import { page } from '../page.js'
import { Group, groupsOf } from '../duplicates/group.js'
import { PastMerges } from '../duplicates/past.js'

const look = 1500 // milliseconds between two looks at a scan

// Who may be in the register twice, and what was merged.
export const mount = page(Duplicates)

function Duplicates({ session }) {
	const answer = useAnswer()
	const load = () => answer.ask(async () => (await Promise.all([session.api.get('/api/kehu/duplicates'),
		session.fields.load(), session.names.load()]))[0])
	useEffect(() => {
		load()
	}, [])
	const running = answer.value.value?.scan?.state === 'running'
	useEffect(() => { // the page follows a scan to its end
		const timer = running && setTimeout(load, look)
		return () => clearTimeout(timer)
	}, [answer.value.value])
	const scan = async () => {
		try {
			await session.api.post('/api/kehu/duplicates/scan')
			say(t('scan_begun'))
			await load()
		} catch (error) {
			complain(error)
		}
	}
	const waiting = awaited(answer)
	if (waiting) return waiting
	const found = answer.value.value
	const groups = groupsOf(found)
	return html`
		<div class="k-bar"><h1>${t('pairs_suspected')}</h1>
			<div class="k-actions">
				<button type="button" class="k-button" name="scan" disabled=${running} onClick=${scan}>
					<${Icon} name="search" />${running
						? t('scan_runs', { n: Math.floor(100 * found.scan.progress) })
						: t('scan_register')}</button>
				<a class="k-button" href=${session.href('duplicates/merge')}>${t('merge_with')}</a>
			</div>
		</div>
		${groups.length === 0 && html`<p class="k-empty k-card">${t('no_pairs')}</p>`}
		${groups.map((group) => html`<${Group} key=${group.key} session=${session} group=${group}
			onChange=${load} />`)}
		<${PastMerges} session=${session} onChange=${load} />`
}
