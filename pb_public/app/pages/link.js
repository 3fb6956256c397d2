import { html, useEffect, useSignal } from '../dom.js'
import { LanguageSwitch } from '../components/header.js'
import { Card, Line, Problem } from '../account/parts.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

export const mount = page(OneTimeLink)

// OneTimeLink lets whom an administrator gave a link choose a password.
function OneTimeLink({ session, params }) {
	const who = useSignal(null)
	const problem = useSignal('')
	const done = useSignal(false)
	const send = async (path, body) => {
		problem.value = ''
		try {
			return await session.api.post(`/api/kehu/links/${path}`, { code: params.code, ...body })
		} catch (error) {
			problem.value = error.data.password?.message ?? error.message
			return null
		}
	}
	useEffect(() => {
		send('open').then((found) => {
			who.value = found
		})
	}, [])
	const submit = async (event) => {
		event.preventDefault()
		const password = new FormData(event.target).get('password')
		await send('use', { password })
		if (problem.value) return
		session.signOut()
		done.value = true
	}
	return html`<div class="k-signin">
		<form class="k-card" onSubmit=${submit}><${Card} title=${t('link_title')}>
			${who.value && !done.value && html`<p>${t('link_hello', who.value)}</p>
				<input type="hidden" autocomplete="username" value=${who.value.email} />
				<${Line} name="password" type="password" label=${t('password_new')} complete="new-password"
					help=${t('password_help')} focus />
				<button class="k-button k-primary">${t('save')}</button>`}
			<${Problem} text=${problem.value} />
			${done.value && html`<p role="status">${t('link_done')}</p>
				<a class="k-button k-primary" href=${session.href('')}>${t('sign_in')}</a>`}
		<//></form>
		<${LanguageSwitch} />
	</div>`
}
