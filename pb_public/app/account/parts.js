import { html } from '../dom.js'
import { Icon } from '../components/icon.js'
import { t } from '../i18n.js'

// Line is a labelled field of the pages about signing in.
export function Line({ name, id = name, label, type = 'text', complete, help, value, required = true,
	focus }) {
	return html`<div class="k-field"><label for=${id}>${label}</label>
		<input id=${id} name=${name} type=${type} autocomplete=${complete ?? 'off'} required=${required}
			autofocus=${focus} defaultValue=${value} aria-describedby=${help && `${id}-help`} />
		${help && html`<p id="${id}-help" class="k-said">${help}</p>`}
	</div>`
}

// CodeLine takes a code of the second factor or a recovery code.
export const CodeLine = ({ help, focus }) => html`<${Line} name="code" label=${t('factor_code')}
	complete="one-time-code" help=${help} focus=${focus} />`

// Secret shows what the authenticator app scans.
export const Secret = ({ shown }) => html`<div class="k-secret">
	<img src=${shown.qr} width="200" height="200" alt=${t('factor_qr')} />
	<p class="k-said">${t('factor_secret')}</p>
	<code>${shown.secret.match(/.{1,4}/g).join(' ')}</code>
</div>`

// Recovery shows the recovery codes, once.
export const Recovery = ({ codes, onKept }) => html`<div class="k-entry">
	<h2>${t('factor_recovery')}</h2>
	<p>${t('factor_recovery_help')}</p>
	<ol class="k-codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
	<button type="button" class="k-button k-primary" onClick=${onKept}>${t('factor_kept')}</button>
</div>`

// Card is the frame of the pages before signing in.
export const Card = ({ title, children }) => html`<h1><${Icon} name="people" />${title ?? t('product')}</h1>
	${children}`

export const Problem = ({ text }) => html`<p class="k-said k-said-bad" role="alert">${text}</p>`
