import { Icon } from '../components/icon.js'
import { complain } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { count, moment } from '../format.js'
import { t } from '../i18n.js'

// Verify has every entry of the log checked, and shows what came of it.
export function Verify({ session }) {
	const busy = useSignal(false)
	const verdict = useSignal(null)
	const check = async () => {
		busy.value = true
		try {
			verdict.value = await session.api.get('/api/kehu/audit/verify')
		} catch (error) {
			complain(error)
		}
		busy.value = false
	}
	return html`
		<div class="k-bar"><div class="k-title"><h1>${t('nav_audit')}</h1>
			<p class="k-quiet">${t('audit_help')}</p></div>
			<div class="k-actions"><button type="button" class="k-button" name="verify" disabled=${busy.value}
				onClick=${check}><${Icon} name="check" />
				${t(busy.value ? 'audit_verifying' : 'audit_verify')}</button></div>
		</div>
		${verdict.value && html`<${Verdict} it=${verdict.value} />`}`
}

function Verdict({ it }) {
	const n = count(it.entries)
	return html`<div class="k-card" data-verdict=${it.ok ? 'good' : 'bad'} role="status">
		<p class="k-note ${it.ok ? 'k-tone-good' : 'k-tone-bad'}"><${Icon} name=${it.ok ? 'check' : 'warn'} />
			<span>${it.ok ? t('audit_holds', { n, from: it.from })
				: t('audit_broken', { n, why: it.message })}</span></p>
		${(it.restores ?? []).length > 0 && html`<ul>${it.restores.map((one) => html`<li key=${one.seq}>
			${t('audit_restored', { at: moment(one.at), backup: one.backup, by: one.by })}</li>`)}</ul>`}
	</div>`
}
