import { html, useEffect, useSignal } from '../dom.js'
import { LanguageSwitch } from '../components/header.js'
import { Card, CodeLine, Line, Problem, Recovery, Secret } from '../account/parts.js'
import { leaveFor, providers, returned } from '../account/provider.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

export const mount = page(SignIn)

// SignIn takes a password, then a second factor where one is due, or sends to the company's provider.
function SignIn({ session }) {
	const problem = useSignal('')
	const busy = useSignal(false)
	const others = useSignal([])
	const step = useSignal({ name: 'password' })
	const attempt = async (work) => {
		busy.value = true
		problem.value = ''
		try {
			await work()
		} catch (error) {
			due(error)
		} finally {
			busy.value = false
		}
	}
	const due = (error) => {
		const { mfaId, data } = error.response ?? {}
		if (mfaId) ask(mfaId, data.methods)
		else {
			if (data?.code === 'signin_again') step.value = { name: 'password' }
			problem.value = error.status ? error.response.message : t('offline')
		}
	}
	const ask = (mfaId, methods) => {
		if (methods[0] !== 'enrol') step.value = { name: 'factor', mfaId, mailed: methods[0] === 'email' }
		else attempt(async () => {
			step.value = { name: 'enrol', mfaId, shown: await send('/enrol', { mfaId }) }
		})
	}
	const send = (path, body) => session.client.send(`/api/kehu/signin${path}`, { method: 'POST', body })
	const finish = (answer) => {
		const codes = answer.meta?.recovery_codes
		if (codes) step.value = { name: 'recovery', codes, answer }
		else session.enter(answer)
	}
	const submit = (event) => {
		event.preventDefault()
		const form = new FormData(event.target)
		const { name, mfaId } = step.value
		attempt(async () => finish(name === 'password'
			? await send('', { email: form.get('email').trim(), password: form.get('password') })
			: await send('/factor', { mfaId, code: form.get('code') })))
	}
	useEffect(() => {
		attempt(async () => {
			let answer = null
			try {
				answer = await returned(session.client)
			} finally {
				if (!answer) others.value = await providers(session.client)
			}
			if (answer) finish(answer)
		})
	}, [])
	const { name, shown, codes, answer, mailed } = step.value
	return html`<div class="k-signin">
		<form class="k-card" onSubmit=${submit} key=${name}><${Card}>
			${name === 'password' && session.ended.value && html`<p class="k-note k-tone-warn" role="status"
				data-ended><span>${t('session_ended')}</span></p>`}
			${name === 'password' && html`<${Password} />`}
			${name === 'enrol' && html`<p>${t('factor_enrol')}</p><${Secret} shown=${shown} />`}
			${(name === 'factor' || name === 'enrol') && html`<${CodeLine} focus
				help=${name === 'factor' && t(mailed ? 'factor_mail_help' : 'factor_code_help')} />`}
			<${Problem} text=${problem.value} />
			${name === 'recovery'
				? html`<${Recovery} codes=${codes} onKept=${() => session.enter(answer)} />`
				: html`<button class="k-button k-primary" disabled=${busy.value}>
					${t(name === 'password' ? 'sign_in' : 'confirm')}</button>`}
			${name === 'password' && others.value.map((one) => html`<button type="button" class="k-button"
				onClick=${() => leaveFor(one)}>${t('signin_with', { name: one.displayName })}</button>`)}
			${name === 'password' && html`<p class="k-quiet">${t('signin_help')}</p>`}
		<//></form>
		<${LanguageSwitch} />
	</div>`
}

const Password = () => html`
	<${Line} name="email" type="email" label=${t('email')} complete="username" focus />
	<${Line} name="password" type="password" label=${t('password')} complete="current-password" />`
