import { html, useEffect, useSignal } from '../dom.js'
import { LanguageSwitch } from '../components/header.js'
import { Card, Line, Problem } from '../account/parts.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

export const mount = page(SetUp)

// SetUp is the first page of a new register: its company and its first administrator.
function SetUp({ session, params }) {
	const state = useSignal('loading')
	const problem = useSignal('')
	const owner = useSignal(false)
	useEffect(() => {
		session.api.get('/api/kehu/setup').then(({ open }) => {
			state.value = open ? 'form' : 'over'
		}, (error) => {
			problem.value = error.message
		})
	}, [])
	const submit = async (event) => {
		event.preventDefault()
		const body = Object.fromEntries(new FormData(event.target))
		body.one_person = body.one_person === 'on'
		problem.value = ''
		try {
			await session.api.post('/api/kehu/setup', body)
			session.signOut()
			state.value = 'done'
		} catch (error) {
			problem.value = error.data.password?.message ?? error.message
		}
	}
	const signIn = html`<a class="k-button k-primary" href=${session.href('')}>${t('sign_in')}</a>`
	return html`<div class="k-signin k-signin-wide">
		<form class="k-card" onSubmit=${submit}>
			<${Card} title=${t(state.value === 'done' ? 'setup_done' : 'setup_title')}>
				${state.value === 'form' && html`<${Form} params=${params} owner=${owner} />`}
				<${Problem} text=${problem.value} />
				${state.value === 'form' && html`<button class="k-button k-primary">${t('setup_do')}</button>`}
				${state.value === 'over' && html`<p>${t('setup_over')}</p>${signIn}`}
				${state.value === 'done' && html`<ol class="k-next">
					${['key', 'signin', 'staff', 'import'].map((one) => html`<li>${t(`setup_next_${one}`)}</li>`)}
				</ol>${signIn}`}
			<//>
		</form>
		<${LanguageSwitch} />
	</div>`
}

function Form({ params, owner }) {
	const tick = (event) => {
		owner.value = event.target.checked
	}
	return html`<p>${t('setup_help')}</p>
		<${Line} name="code" label=${t('setup_code')} value=${params.code} />
		<${Line} name="company" label=${t('setup_company')} complete="organization" focus />
		<h2>${t('setup_admin')}</h2>
		<${Line} name="name" label=${t('setup_name')} complete="name" />
		<${Line} name="email" type="email" label=${t('email')} complete="username" />
		<${Line} name="password" type="password" label=${t('password')} complete="new-password"
			help=${t('password_help')} />
		<label class="k-tick"><input type="checkbox" name="one_person" />${t('setup_alone')}</label>
		<label class="k-tick"><input type="checkbox" onChange=${tick} />${t('setup_owner')}</label>
		${owner.value && html`<p class="k-said">${t('setup_owner_help')}</p>
			<${Line} name="owner_email" type="email" label=${t('setup_owner_email')} />
			<${Line} name="owner_password" type="password" label=${t('setup_owner_password')}
				complete="new-password" />`}`
}
