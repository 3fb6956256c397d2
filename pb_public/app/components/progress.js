import { html } from '../dom.js'
import { count, duration } from '../format.js'
import { t } from '../i18n.js'

// Progress shows rows done of all, with rate and time left as soon as both are known.
export function Progress({ done, total, rate, eta }) {
	return html`<div class="k-progress">
		<progress max=${total || 1} value=${total ? done : undefined} aria-label=${t('progress')} />
		<p class="k-progress-text">
			<strong>${count(done)} / ${count(total)} ${t('rows')}</strong>
			${rate > 0 && html`<span>${t('rate', { n: count(Math.round(rate)) })}</span>`}
			${rate > 0 && html`<span>${t('time_left', { time: duration(eta) })}</span>`}
		</p>
	</div>`
}
