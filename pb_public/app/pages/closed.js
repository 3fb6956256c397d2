import { home } from '../contents.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// What is shown in place of a page that the reader's role has no use of.
export const mount = page(Closed)

function Closed({ session }) {
	return html`<p class="k-empty" data-closed>${t('not_for_role')}
		<a href=${session.href(home)}>${t('nav_customers')}</a></p>`
}
