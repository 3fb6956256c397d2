import { html } from '../dom.js'
import { t } from '../i18n.js'
import { Icon } from './icon.js'

// Pager goes back and forth; more tells whether there is a next page.
export function Pager({ page, more, onPage }) {
	if (page === 1 && !more) return null
	return html`<nav class="k-pager" aria-label=${t('pages')}>
		<button type="button" class="k-button" disabled=${page === 1} onClick=${() => onPage(page - 1)}>
			<${Icon} name="back" />${t('previous')}
		</button>
		<span>${t('page', { n: page })}</span>
		<button type="button" class="k-button" disabled=${!more} onClick=${() => onPage(page + 1)}>
			${t('next')}<${Icon} name="next" />
		</button>
	</nav>`
}
