import { html, useSignal } from '../dom.js'
import { LanguageSwitch } from '../components/header.js'
import { Icon } from '../components/icon.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

export const mount = page(SignIn)

function SignIn({ session }) {
	const problem = useSignal('')
	const busy = useSignal(false)
	const submit = async (event) => {
		event.preventDefault()
		const form = new FormData(event.target)
		busy.value = true
		problem.value = ''
		try {
			await session.signIn(form.get('email').trim(), form.get('password'))
		} catch (error) {
			problem.value = t(reasons[error.status] ?? 'signin_failed')
		} finally {
			busy.value = false
		}
	}
	return html`<div class="k-signin">
		<form class="k-card" onSubmit=${submit}>
			<h1><${Icon} name="people" />${t('product')}</h1>
			<div class="k-field"><label for="email">${t('email')}</label>
				<input id="email" name="email" type="email" autocomplete="username" required autofocus />
			</div>
			<div class="k-field"><label for="password">${t('password')}</label>
				<input id="password" name="password" type="password" autocomplete="current-password"
					required />
			</div>
			<p class="k-said k-said-bad" role="alert">${problem.value}</p>
			<button class="k-button k-primary" disabled=${busy.value}>${t('sign_in')}</button>
			<p class="k-quiet">${t('signin_help')}</p>
		</form>
		<${LanguageSwitch} />
	</div>`
}

const reasons = { 0: 'offline', 400: 'signin_wrong', 403: 'signin_wrong', 429: 'signin_often' }
