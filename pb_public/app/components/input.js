import { html, useEffect, useSignal } from '../dom.js'
import { t } from '../i18n.js'
import { DateInput } from './date_input.js'

// Input is the control that suits a field's kind.
export function Input(props) {
	const Control = controls[props.field.kind] ?? Line
	return html`<${Control} ...${props} />`
}

const controls = { select: Choice, selectmany: Choices, tags: Tags, multiline: Area, bool: Tick,
	staff: Person, industry: Industry, file: Files, date: Day, relation: Related, money: Line, number: Line }

const common = ({ id, field, value, onValue, onLeave, invalid, described, placeholder }) => ({
	id, name: field.key, value: value ?? '', placeholder, 'aria-invalid': invalid ? 'true' : undefined,
	'aria-describedby': described, onInput: (event) => onValue(event.target.value), onBlur: onLeave,
})

function Line(props) {
	const { field } = props
	const mode = { money: 'decimal', number: 'decimal', mobile: 'tel', landline: 'tel',
		email: 'email' }[field.kind]
	return html`<input ...${common(props)} type="text" inputmode=${mode}
		maxlength=${field.kind === 'text' && field.max ? field.max : undefined}
		autocomplete="off" spellcheck="false" />`
}

function Day({ id, field, value, onValue, onLeave, invalid, described }) {
	return html`<${DateInput} id=${id} name=${field.key} value=${value} onValue=${onValue} onLeave=${onLeave}
		aria-invalid=${invalid ? 'true' : undefined} aria-describedby=${described} />`
}

// Files hands over what was chosen; what is stored already stays until another is chosen.
function Files({ id, field, value, onValue, invalid, described }) {
	const chosen = [value ?? []].flat().filter((one) => one instanceof File)
	return html`<span class="k-file"><input id=${id} name=${field.key} type="file" class="k-hidden"
			accept=".pdf,.jpg,.jpeg,.png" multiple=${field.many} aria-invalid=${invalid ? 'true' : undefined}
			aria-describedby=${described} onChange=${(event) => onValue(field.many ? [...event.target.files]
				: event.target.files[0])} />
		<label class="k-button" for=${id}>${t('choose_file')}</label>
		<span class="k-quiet">${chosen.map((one) => one.name).join('、') || t('no_file')}</span></span>`
}

function Area(props) {
	return html`<textarea ...${common(props)} rows="3" maxlength=${props.field.max || undefined} />`
}

function Choice(props) {
	const { session, field, value } = props
	const path = `${field.collection}.${field.key}`
	return html`<select ...${common(props)}>
		<option value="" selected=${!value}>${t('choose')}</option>
		${field.options.map((option) => html`<option key=${option.key} value=${option.key}
			selected=${option.key === value}>${session.fields.option(path, option.key)}</option>`)}
	</select>`
}

// Related chooses one of field.choices: records of the same customer.
function Related(props) {
	const { session, field, value } = props
	const choices = field.choices ?? []
	const name = session.fields.collection(field.target)
	return html`<select ...${common(props)} disabled=${choices.length === 0}>
		<option value="" selected=${!value}>${choices.length ? t('choose')
			: t('none_to_choose', { name })}</option>
		${choices.map(({ key, label }) => html`<option key=${key} value=${key}
			selected=${key === value}>${label}</option>`)}
	</select>`
}

function Person(props) {
	const { session, value } = props
	const staff = session.names.list('staff').filter((one) => one.active || one.id === value)
	return html`<select ...${common(props)}>
		<option value="" selected=${!value}>${t('choose')}</option>
		${staff.map((one) => html`<option key=${one.id} value=${one.id}
			selected=${one.id === value}>${one.name}</option>`)}
	</select>`
}

function Tick({ id, field, value, onValue, described }) {
	return html`<input id=${id} name=${field.key} type="checkbox" checked=${value === true}
		aria-describedby=${described} onChange=${(event) => onValue(event.target.checked)} />`
}

function Choices(props) {
	const { session, field } = props
	const path = `${field.collection}.${field.key}`
	return html`<${Ticks} ...${props} options=${field.options.map((option) =>
		({ key: option.key, label: session.fields.option(path, option.key) }))} />`
}

function Tags(props) {
	return html`<${Ticks} ...${props} options=${props.session.names.list('tags').map((tag) =>
		({ key: tag.id, label: tag.name }))} />`
}

// Ticks chooses several of a list.
function Ticks({ id, field, value, onValue, options, described }) {
	const chosen = value ?? []
	const turn = (key, on) => onValue(on ? [...chosen, key] : chosen.filter((one) => one !== key))
	return html`<div id=${id} class="k-ticks" role="group" aria-describedby=${described}>
		${options.map(({ key, label }) => html`<label key=${key} class="k-tick">
			<input type="checkbox" name=${field.key} value=${key} checked=${chosen.includes(key)}
				onChange=${(event) => turn(key, event.target.checked)} /><span>${label}</span>
		</label>`)}
	</div>`
}

let industries // sections and divisions, read once: enough to choose from

// Industry takes any text; the server finds the classification that it means.
function Industry(props) {
	const names = useSignal(industries ?? [])
	useEffect(() => {
		if (industries) return
		props.session.api.list('industries', { filter: 'level<=2', sort: 'id', perPage: 200,
			skipTotal: 1, fields: 'name' }).then(({ items }) => {
			industries = names.value = items.map((one) => one.name)
		}, () => {}) // the field works without suggestions
	}, [])
	return html`<input ...${common(props)} type="text" list="${props.id}-list" autocomplete="off" />
		<datalist id="${props.id}-list">
			${names.value.map((name) => html`<option key=${name} value=${name} />`)}
		</datalist>`
}
