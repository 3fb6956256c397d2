import { html, useEffect, useSignal } from '../dom.js'
import { DepartmentForm, MemberForm } from '../account/member_form.js'
import { awaited, useAnswer } from '../components/answer.js'
import { Dialog } from '../components/dialog.js'
import { Table } from '../components/table.js'
import { Tag } from '../components/tag.js'
import { complain, say } from '../components/toast.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

export const mount = page(Staff)

// Staff is where an administrator helps members who cannot sign in.
function Staff({ session }) {
	const members = useAnswer()
	const link = useSignal(null)
	const reset = useSignal(null)
	const entering = useSignal(null) // { member } or { department: true }
	const load = () => {
		session.names.forget()
		return members.ask(async () => (await Promise.all([session.api.list('staff',
			{ perPage: 500, sort: '-active,name' }), session.names.load()]))[0].items)
	}
	useEffect(() => {
		load()
	}, [])
	const close = (saved) => {
		entering.value = null
		if (saved) load()
	}
	const make = async (member) => {
		try {
			const made = await session.api.post(`/api/kehu/staff/${member.id}/link`)
			link.value = { name: member.name, address: location.origin + made.path, until: made.expires }
		} catch (error) {
			complain(error)
		}
	}
	const clear = async () => {
		try {
			await session.client.send(`/api/kehu/staff/${reset.value.id}/factor`, { method: 'DELETE' })
			say(t('factor_was_reset'))
			reset.value = null
		} catch (error) {
			complain(error)
		}
	}
	const mail = async () => {
		try {
			say(t('mail_sent', { to: (await session.api.post('/api/kehu/mail/test')).sent }))
		} catch (error) {
			complain(error)
		}
	}
	return html`<div class="k-bar"><div class="k-title"><h1>${t('nav_staff')}</h1>
			<p class="k-quiet">${t('staff_help')}</p></div>
			<div class="k-actions">
				<button type="button" class="k-button" onClick=${mail}>${t('mail_test')}</button>
				<button type="button" class="k-button" name="department_new"
					onClick=${() => { entering.value = { department: true } }}>${t('department_new')}</button>
				<button type="button" class="k-button k-primary" name="staff_new"
					onClick=${() => { entering.value = { member: {} } }}>${t('staff_new')}</button></div>
		</div>
		${awaited(members) ?? html`<${Table} label=${t('nav_staff')} rows=${members.value.value}
			keyOf=${(one) => one.id} empty=${t('staff_help')} columns=${columns(session, make, (one) => {
				reset.value = one
			}, (one) => {
				entering.value = { member: one }
			})} />`}
		${entering.value?.department && html`<${DepartmentForm} session=${session} onClose=${close} />`}
		${entering.value?.member && html`<${MemberForm} session=${session} member=${entering.value.member}
			onClose=${close} />`}
		${link.value && html`<${Link} link=${link} />`}
		${reset.value && html`<${Dialog} title=${t('factor_reset')} onSubmit=${clear} onClose=${() => {
			reset.value = null
		}} actions=${html`<button class="k-button k-danger">${t('factor_reset')}</button>`}>
			<p>${t('factor_reset_sure', { name: reset.value.name })}</p><//>`}`
}

const columns = (session, make, clear, edit) => [
	{ key: 'name', title: t('staff_name'), narrow: true, cell: (one) => html`<strong
		data-member=${one.name}>${one.name}</strong> ${!one.active && html`<${Tag} tone="warn">
			${t('staff_inactive')}<//>`}` },
	{ key: 'email', title: t('email'), cell: (one) => one.email },
	{ key: 'role', title: t('staff_role'), narrow: true, cell: (one) => t(`role_${one.role}`) },
	{ key: 'department', title: t('staff_department'),
		cell: (one) => session.names.of('departments', one.department) || '–' },
	{ key: 'acts', title: html`<span class="k-hidden">${t('acts')}</span>`, narrow: true,
		cell: (one) => html`<div class="k-actions">
			${one.active && html`
				<button type="button" class="k-plain" onClick=${() => make(one)}>${t('link_make')}</button>
				<button type="button" class="k-plain" onClick=${() => clear(one)}>${t('factor_reset')}</button>`}
			<button type="button" class="k-plain" data-edit=${one.id}
				onClick=${() => edit(one)}>${t('edit')}</button></div>` },
]

function Link({ link }) {
	const { name, address, until } = link.value
	const hours = Math.round((new Date(until) - Date.now()) / 3_600_000)
	const copy = async () => {
		await navigator.clipboard.writeText(address)
		say(t('link_copied'))
	}
	return html`<${Dialog} title=${t('link_make')} onClose=${() => {
		link.value = null
	}}>
		<p>${t('link_made', { name, hours })}</p>
		<input class="k-link" readonly value=${address} aria-label=${t('link_make')}
			onFocus=${(event) => event.target.select()} />
		<div class="k-actions">
			<button type="button" class="k-button" onClick=${copy}>${t('link_copy')}</button></div>
	<//>`
}
