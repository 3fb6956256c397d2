import { Dialog } from '../components/dialog.js'
import { Icon } from '../components/icon.js'
import { say } from '../components/toast.js'
import { html, useId, useSignal } from '../dom.js'
import { t } from '../i18n.js'

const roles = ['sales', 'service', 'marketing', 'finance', 'manager', 'executive', 'data_admin']

// MemberForm enters a member of staff, or changes one; the password comes by the one-time link.
export function MemberForm({ session, member, onClose }) {
	const departments = session.names.list('departments').map(({ id, name }) => [id, name])
	return html`<${RecordForm} session=${session} collection="staff" record=${member} onClose=${onClose}
		title=${t(member.id ? 'staff_edit' : 'staff_new')} fields=${[
			['name', t('staff_name')], ['email', t('email'), null, Boolean(member.id)],
			['role', t('staff_role'), roles.map((one) => [one, t(`role_${one}`)])],
			['department', t('staff_department'), departments],
			...member.id ? [['active', t('staff_active'), 'tick']] : [],
		]} begin=${{ role: 'sales', active: true }} />`
}

// DepartmentForm enters a department.
export function DepartmentForm({ session, onClose }) {
	const above = session.names.list('departments').map(({ id, name }) => [id, name])
	return html`<${RecordForm} session=${session} collection="departments" record=${{}} onClose=${onClose}
		title=${t('department_new')} begin=${{}}
		fields=${[['name', t('department_name')], ['parent', t('department_above'), above]]} />`
}

// RecordForm is a dialog of fields [key, label, options or 'tick', closed]; what was changed is sent.
function RecordForm({ session, collection, record, title, fields, begin, onClose }) {
	const values = useSignal(record.id ? {} : begin)
	const wrong = useSignal({})
	const problem = useSignal('')
	const busy = useSignal(false)
	const save = async () => {
		busy.value = true
		wrong.value = {}
		problem.value = ''
		try {
			const path = session.api.records(collection, record.id)
			await (record.id ? session.api.patch(path, values.value) : session.api.post(path, values.value))
			say(t('saved'))
			onClose(true)
		} catch (error) {
			wrong.value = error.data ?? {}
			if (!fields.some(([key]) => wrong.value[key]?.message)) problem.value = error.message
			busy.value = false
		}
	}
	return html`<${Dialog} title=${title} onSubmit=${save} onClose=${() => onClose(false)}
		actions=${html`<button class="k-button k-primary" name="save"
			disabled=${busy.value}>${t('save')}</button>`}>
		${fields.filter(([, , , closed]) => !closed).map(([key, label, options]) => html`<${Line} key=${key}
			name=${key} label=${label} options=${options} said=${wrong.value[key]?.message}
			value=${values.value[key] ?? record[key] ?? ''} onValue=${(value) => {
				values.value = { ...values.value, [key]: value }
			}} />`)}
		${problem.value && html`<p class="k-note k-tone-bad" role="alert"><${Icon} name="warn" />
			<span>${problem.value}</span></p>`}
	<//>`
}

function Line({ name, label, options, value, said, onValue }) {
	const id = useId()
	if (options === 'tick') {
		return html`<label class="k-tick"><input type="checkbox" name=${name} checked=${value === true}
			onChange=${(event) => onValue(event.target.checked)} /><span>${label}</span></label>`
	}
	const common = { id, name, value, 'aria-invalid': said ? 'true' : undefined,
		onInput: (event) => onValue(event.target.value) }
	return html`<div class="k-field"><label for=${id}>${label}</label>
		${options ? html`<select ...${common}><option value="" selected=${!value}>${t('choose')}</option>
				${options.map(([key, text]) => html`<option key=${key} value=${key}
					selected=${key === value}>${text}</option>`)}</select>`
			: html`<input ...${common} type="text" autocomplete="off" />`}
		${said && html`<p class="k-said k-said-bad" role="alert">${said}</p>`}</div>`
}
