import { Tag } from '../components/tag.js'
import { html } from '../dom.js'
import { t } from '../i18n.js'
import { asksEnough } from './list.js'

const offered = ['stage', 'kind', 'status', 'tier']

// Filters narrow the list; a search goes over the whole register.
export function Filters({ session, list }) {
	if (asksEnough(list.q.value.trim())) return null
	const any = [...offered, 'where'].some((name) => list[name].value)
	const clear = () => [...offered, 'where', 'about'].forEach((name) => list.choose(name, ''))
	return html`<div class="k-filters">
		${list.where.value && html`<${Tag} tone="accent">${list.about.value || list.where.value}<//>`}
		${offered.map((name) => html`<${Filter} key=${name} session=${session} list=${list} name=${name} />`)}
		${any && html`<button type="button" class="k-plain"
			onClick=${clear}>${t('clear_filters')}</button>`}
	</div>`
}

function Filter({ session, list, name }) {
	const field = session.fields.find(name)
	if (!field) return null
	const chosen = list[name].value
	return html`<label class="k-filter"><span>${session.fields.label(name)}</span>
		<select name=${name} onChange=${(event) => list.choose(name, event.target.value)}>
			<option value="" selected=${!chosen}>${t('all')}</option>
			${field.options.map(({ key }) => html`<option key=${key} value=${key}
				selected=${key === chosen}>${session.fields.option(name, key)}</option>`)}
		</select>
	</label>`
}
