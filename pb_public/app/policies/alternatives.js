import { html } from '../dom.js'
import { lang, t } from '../i18n.js'

const word = (one) => (lang.value === 'en' ? one.label_en : one.label)

// Alternatives are lines of options of which one is enough: mobile|landline is either of them.
export function Alternatives({ shape, path, value, onValue }) {
	const lines = (value ?? []).map((line) => line.split('|'))
	const put = (next) => onValue(next.filter((line) => line.length > 0).map((line) => line.join('|')))
	const of = (key) => {
		const found = shape.options.find((one) => one.key === key)
		return found ? word(found) : key
	}
	const without = (list, at) => list.filter((_, i) => i !== at)
	const withLine = (at, line) => lines.map((one, i) => (i === at ? line : one))
	return html`<ul class="k-alternatives">${lines.map((line, at) => html`<li key=${line.join('|')}>
			${line.map((key, i) => html`${i > 0 && html`<span class="k-quiet">${t('rule_or')}</span>`}
				<span key=${key} class="k-tag k-tone-plain" data-field=${key}>${of(key)}
					<button type="button" class="k-plain k-inline" title=${t('remove')}
						aria-label=${`${t('remove')}${t('space')}${of(key)}`}
						onClick=${() => put(withLine(at, without(line, i)))}>×</button></span>`)}
			<${Add} name=${`${path}.${at}`} label=${t('alternative_or')} options=${shape.options}
				taken=${line} onAdd=${(key) => put(withLine(at, [...line, key]))} /></li>`)}
		<li><${Add} name=${path} label=${t('alternative_add')} options=${shape.options}
			taken=${lines.filter((line) => line.length === 1).flat()}
			onAdd=${(key) => put([...lines, [key]])} /></li></ul>`
}

function Add({ name, label, options, taken, onAdd }) {
	const choose = (event) => {
		if (event.target.value) onAdd(event.target.value)
		event.target.value = ''
	}
	return html`<select name=${name} aria-label=${label} onChange=${choose}>
		<option value="" selected>${label}</option>
		${options.filter(({ key }) => !taken.includes(key)).map((one) => html`<option key=${one.key}
			value=${one.key}>${word(one)}</option>`)}</select>`
}
