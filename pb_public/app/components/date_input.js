import { html, useRef } from '../dom.js'
import { t } from '../i18n.js'
import { Icon } from './icon.js'

const whole = /^\d{4}-\d{2}-\d{2}$/
const written = [/^(\d{4})(\d{2})(\d{2})$/, /^(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*$/]

// tidy writes a day as 2026-03-08, also where somebody typed 20260308 or 2026年3月8日.
function tidy(text) {
	const parts = written.map((pattern) => text.trim().match(pattern)).find(Boolean)
	return parts ? [parts[1], parts[2].padStart(2, '0'), parts[3].padStart(2, '0')].join('-') : text
}

// DateInput is a day as it is written here, whatever language the browser speaks; the calendar beside it
// is the browser's.
export function DateInput({ value, onValue, onLeave, ...rest }) {
	const calendar = useRef()
	const leave = (event) => {
		const day = tidy(event.target.value)
		if (day !== event.target.value) onValue(day)
		onLeave?.()
	}
	return html`<span class="k-date">
		<input ...${rest} type="text" inputmode="numeric" maxlength="20" placeholder=${t('day_format')}
			value=${value ?? ''} autocomplete="off" onBlur=${leave}
			onInput=${(event) => onValue(event.target.value)} />
		<input ref=${calendar} type="date" class="k-hidden" tabindex="-1" aria-hidden="true"
			value=${whole.test(value) ? value : ''}
			onInput=${(event) => {
				event.stopPropagation()
				onValue(event.target.value)
			}} />
		<button type="button" class="k-plain" tabindex="-1" title=${t('calendar')} aria-label=${t('calendar')}
			onClick=${() => calendar.current.showPicker()}><${Icon} name="calendar" /></button></span>`
}
