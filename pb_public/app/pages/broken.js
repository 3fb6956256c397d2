import { Unread } from '../components/answer.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// What is shown in place of a page whose module could not be fetched; a browser may keep what it failed to
// import, so all of it is asked for anew.
export const mount = page(() => html`<${Unread} error=${{ message: t('offline') }}
	again=${() => location.reload()} />`)
