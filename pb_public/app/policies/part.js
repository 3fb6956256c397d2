import { html, useId } from '../dom.js'
import { lang, t } from '../i18n.js'
import { Alternatives } from './alternatives.js'
import { fitted, fitting, isRule } from './rules.js'
import { Fold } from './fold.js'
import { sentence } from './sentence.js'

export const word = (one) => (lang.value === 'en' ? one.label_en : one.label)

const mostTicks = 12 // of a list of options that stands open
const mostOpen = 20 // controls of groups that stand open beside each other

// weight is about how many controls a part is drawn with.
const weight = (shape) => (shape.kind === 'group' ? shape.parts.reduce((sum, part) => sum + weight(part), 0)
	: isTall(shape) ? 3 : 1)
const isTall = ({ kind }) => kind === 'lines' || kind === 'alternatives'

// isEmpty: a choice has something chosen from the beginning.
const isEmpty = (shape, value) => !shape.parts?.some(({ key, kind }) => kind !== 'choice' && value?.[key] &&
	value[key].length !== 0)

// Part is one part of a policy as a form, drawn by its shape: a group by its parts, a list by its
// members. wrong has the sentences about parts, by their paths.
export function Part({ shape, path, value, onValue, wrong, folded }) {
	const Control = controls[shape.kind]
	const said = wrong[path]
	if (shape.kind === 'group' || shape.kind === 'list') {
		const inner = html`<fieldset class="k-part k-across" data-path=${path}>
			${path && !folded && html`<legend>${word(shape)}</legend>`}
			${said && html`<p class="k-said k-said-bad" role="alert">${said}</p>`}
			<${Control} shape=${shape} path=${path} value=${value} onValue=${onValue} wrong=${wrong} />
		</fieldset>`
		return folded ? html`<${Fold} path=${path} wrong=${wrong} fresh=${isEmpty(shape, value)}
			said=${html`<strong>${word(shape)}</strong> ${sentence(shape, value)}`}>${inner}<//>` : inner
	}
	if (shape.kind === 'choices' && shape.options.length > mostTicks) {
		return html`<${Fold} path=${path} wrong=${wrong} said=${html`<strong>${word(shape)}</strong>
			${' '}${sentence(shape, value) || t('preview_none')}`}><${Labelled} shape=${shape} path=${path}
			said=${said} Control=${Control} value=${value} onValue=${onValue} /><//>`
	}
	return html`<${Labelled} shape=${shape} path=${path} said=${said} Control=${Control} value=${value}
		onValue=${onValue} />`
}

function Labelled({ shape, path, said, Control, ...rest }) {
	const id = useId()
	const switched = shape.kind === 'switch'
	return html`<div class="k-field ${said ? 'k-field-bad' : ''} ${isTall(shape) ? 'k-across' : ''}"
		data-path=${path}>
		${!switched && path && html`<label for=${id}>${word(shape)}</label>`}
		<${Control} id=${id} shape=${shape} path=${path} invalid=${said ? 'true' : undefined} ...${rest} />
		${said && html`<p class="k-said k-said-bad" role="alert">${said}</p>`}
	</div>`
}

const under = (path, key) => (path ? `${path}.${key}` : String(key))

function Group({ shape, path, value, onValue, wrong }) {
	const parts = isRule(shape) ? shape.parts.filter(({ key }) => key !== 'key') : fitting(shape, value)
	const groups = shape.parts.filter(({ kind }) => kind === 'group')
	const long = groups.length > 1 && groups.reduce((sum, one) => sum + weight(one), 0) > mostOpen
	return html`<div class="k-form">${parts.map((part) => html`<${Part} key=${part.key} shape=${part}
		path=${under(path, part.key)} value=${value?.[part.key]} wrong=${wrong}
		folded=${long && part.kind === 'group'}
		onValue=${(next) => onValue(fitted(shape, withPart(value, part, next)))} />`)}</div>`
}

// withPart leaves out a number that may be left out and is empty.
function withPart(value, part, next) {
	const { [part.key]: _, ...rest } = value ?? {}
	return next === undefined ? rest : { ...rest, [part.key]: next }
}

function List({ shape, path, value, onValue, wrong }) {
	const items = value ?? []
	const put = (i, next) => onValue(items.map((one, at) => (at === i ? next : one)))
	return html`${items.map((one, i) => html`<div key=${i} class="k-item">
			<${Part} shape=${numbered(shape, i + 1)}
				path=${under(path, i)} value=${one} onValue=${(next) => put(i, next)} wrong=${wrong} folded />
			<button type="button" class="k-plain" data-remove=${under(path, i)}
				onClick=${() => onValue(items.filter((_, at) => at !== i))}>${t('remove')}</button></div>`)}
		<button type="button" class="k-plain" data-add=${path}
			onClick=${() => onValue([...items, empty(shape.item)])}>${t('add')}</button>`
}

const numbered = ({ item, label, label_en: english }, n) =>
	({ ...item, label: `${label} ${n}`, label_en: `${english} ${n}` })

// empty is what a new member of a list begins with.
function empty(shape) {
	switch (shape.kind) {
	case 'group':
		return Object.fromEntries(shape.parts.filter((part) => !part.optional && part.kind !== 'number')
			.map((part) => [part.key, empty(part)]))
	case 'list': case 'choices': case 'lines': case 'alternatives':
		return []
	case 'switch':
		return false
	case 'choice':
		return shape.options[0].key
	}
	return ''
}

function Choice({ id, shape, path, value, onValue, invalid }) {
	return html`<select id=${id} name=${path} aria-invalid=${invalid}
		onChange=${(event) => onValue(event.target.value)}>
		${!shape.options.some((one) => one.key === value) && html`
			<option value="" selected>${t('choose')}</option>`}
		${shape.options.map((one) => html`<option key=${one.key} value=${one.key}
			selected=${one.key === value}>${word(one)}</option>`)}</select>`
}

function Choices({ id, shape, path, value, onValue }) {
	const chosen = value ?? []
	const turn = (key, on) => onValue(on ? [...chosen, key] : chosen.filter((one) => one !== key))
	return html`<div id=${id} class="k-ticks" role="group">${shape.options.map((one) => html`
		<label key=${one.key} class="k-tick"><input type="checkbox" name=${path} value=${one.key}
			checked=${chosen.includes(one.key)} onChange=${(event) => turn(one.key, event.target.checked)} />
			<span>${word(one)}</span></label>`)}</div>`
}

function Lines({ id, path, value, onValue, invalid }) {
	const text = (value ?? []).join('\n')
	return html`<textarea id=${id} name=${path} rows=${Math.min(8, Math.max(2, (value ?? []).length))}
		aria-invalid=${invalid} spellcheck="false" value=${text} onChange=${(event) => onValue(
			event.target.value.split('\n').map((line) => line.trim()).filter(Boolean))} />`
}

function Numeric({ id, shape, path, value, onValue, invalid }) {
	const type = (event) => {
		const typed = event.target.value.trim()
		onValue(typed === '' ? undefined : Number.isNaN(Number(typed)) ? typed : Number(typed))
	}
	const bounds = shape.min === undefined ? '' : t('policy_bounds', { min: shape.min, max: shape.max })
	return html`<input id=${id} name=${path} type="text" inputmode="decimal" value=${value ?? ''}
		placeholder=${bounds} title=${bounds} aria-invalid=${invalid} onInput=${type} />`
}

const line = (example) => ({ id, path, value, onValue, invalid }) => html`<input id=${id} name=${path}
	type="text" placeholder=${example} value=${value ?? ''} autocomplete="off" spellcheck="false"
	aria-invalid=${invalid} onInput=${(event) => onValue(event.target.value)} />`

function Switch({ id, shape, path, value, onValue }) {
	return html`<label class="k-tick"><input id=${id} name=${path} type="checkbox" checked=${value === true}
		onChange=${(event) => onValue(event.target.checked)} /><span>${word(shape)}</span></label>`
}

const controls = { group: Group, list: List, choice: Choice, choices: Choices, lines: Lines,
	alternatives: Alternatives, number: Numeric, text: line(''), time: line('08:30'), switch: Switch }
