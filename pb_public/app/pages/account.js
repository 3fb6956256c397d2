import { html, useEffect, useSignal } from '../dom.js'
import { CodeLine, Line, Problem, Recovery, Secret } from '../account/parts.js'
import { say } from '../components/toast.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

export const mount = page(Account)

// Account is how one signs in: password, second factor, sessions.
function Account({ session }) {
	const me = useSignal(null)
	const load = async () => {
		me.value = await session.api.get('/api/kehu/account')
	}
	useEffect(() => {
		load()
	}, [])
	if (!me.value) return html`<p class="k-quiet">${t('loading')}</p>`
	return html`<div class="k-bar"><div class="k-title"><h1>${t('nav_account')}</h1>
			<p class="k-quiet"><span>${me.value.name}</span><span>${me.value.email}</span>
				<span>${t(`role_${me.value.role}`)}</span></p></div></div>
		<div class="k-columns"><div>
			<${NewPassword} session=${session} />
			<${SignOut} session=${session} />
		</div><div>
			<${Factor} session=${session} state=${me.value.second_factor} reload=${load} />
		</div></div>`
}

// useForm sends a form and keeps what the server says of it.
function useForm(send) {
	const problem = useSignal('')
	const submit = async (event) => {
		event.preventDefault()
		const form = event.target
		problem.value = ''
		try {
			await send(Object.fromEntries(new FormData(form)))
			form.reset()
		} catch (error) {
			problem.value = error.data?.password?.message ?? error.message
		}
	}
	return [problem, submit]
}

function NewPassword({ session }) {
	const [problem, submit] = useForm(async (body) => {
		await session.api.post('/api/kehu/account/password', body)
		say(t('password_changed'))
		session.signOut()
	})
	return html`<form class="k-card" onSubmit=${submit} data-part="password"><h2>${t('password_change')}</h2>
		<${Line} name="old" type="password" label=${t('password_old')} complete="current-password" />
		<${Line} name="password" type="password" label=${t('password_new')} complete="new-password"
			help=${t('password_help')} />
		<${Problem} text=${problem.value} />
		<div class="k-actions"><button class="k-button k-primary">${t('save')}</button></div>
	</form>`
}

function SignOut({ session }) {
	const everywhere = async () => {
		await session.api.post('/api/kehu/account/signout')
		session.signOut()
	}
	return html`<section class="k-card"><h2>${t('signout_all')}</h2><p>${t('signout_all_help')}</p>
		<div class="k-actions"><button type="button" class="k-button" onClick=${everywhere}>
			${t('signout_all')}</button></div>
	</section>`
}

// Factor sets the second factor up or takes it away.
function Factor({ session, state, reload }) {
	const step = useSignal({ name: 'rest' })
	const rest = async () => {
		await reload()
		step.value = { name: 'rest' }
	}
	const { name, shown, codes } = step.value
	const [problem, submit] = useForm(async (body) => {
		if (name === 'scan') {
			const made = await session.api.post('/api/kehu/account/factor/confirm', { ...body, setup: shown.setup })
			step.value = { name: 'codes', codes: made.recovery_codes }
		} else if (state.enrolled) {
			await session.client.send('/api/kehu/account/factor', { method: 'DELETE', body })
			await rest()
		} else {
			step.value = { name: 'scan', shown: await session.api.post('/api/kehu/account/factor', body) }
		}
	})
	const text = state.enrolled ? t('factor_on', { n: state.recovery_left }) : t('factor_off')
	return html`<form class="k-card" onSubmit=${submit} key=${name} data-part="factor"><h2>${t('factor')}</h2>
		${name === 'codes' && html`<${Recovery} codes=${codes} onKept=${rest} />`}
		${name === 'scan' && html`<p>${t('factor_set')}</p><${Secret} shown=${shown} /><${CodeLine} focus />`}
		${name === 'rest' && html`<p>${text} ${state.required && t('factor_must')}</p>`}
		${name === 'rest' && !(state.enrolled && state.required) && html`<${Line} name="password"
			id="factor_password" type="password"
			label=${t('password_old')} complete="current-password" />${state.enrolled && html`<${CodeLine} />`}`}
		<${Problem} text=${problem.value} />
		${name === 'scan' && html`<div class="k-actions">
			<button class="k-button k-primary">${t('confirm')}</button></div>`}
		${name === 'rest' && !(state.enrolled && state.required) && html`<div class="k-actions">
			<button class="k-button ${state.enrolled ? '' : 'k-primary'}">
				${t(state.enrolled ? 'factor_remove' : 'factor_start')}</button></div>`}
	</form>`
}
