import { awaited, useAnswer } from '../components/answer.js'
import { Tag } from '../components/tag.js'
import { Icon } from '../components/icon.js'
import { html, useEffect } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'
import { Form } from '../policies/form.js'
import { word } from '../policies/part.js'
import { sentence } from '../policies/sentence.js'

// Policies: what the company may choose, each with the form that its shape asks for.
export const mount = page(Policies)

function Policies({ session, params }) {
	const all = useAnswer()
	const load = () => all.ask(async () => (await Promise.all([session.api.get('/api/kehu/policies'),
		session.fields.load()]))[0].items)
	useEffect(() => {
		load()
	}, [])
	if (!session.may('policies')) return html`<p class="k-empty">${t('not_yours')}</p>`
	const waiting = awaited(all)
	if (waiting) return waiting
	const chosen = all.value.value.find((one) => one.key === params.key)
	if (!chosen) return html`<${List} session=${session} all=${all.value.value} />`
	return html`
		<div class="k-bar">
			<a class="k-plain" href=${session.href('policies')} aria-label=${t('policy_all')}
				title=${t('policy_all')}><${Icon} name="back" /></a>
			<div class="k-title"><h1>${word(chosen.shape)}</h1>
				<p class="k-quiet">${chosen.updated ? t('policy_changed_at', { at: moment(chosen.updated) })
					: t('policy_is_default')}</p></div>
		</div>
		<${Form} key=${chosen.key + chosen.updated} session=${session} policy=${chosen} onSaved=${load} />`
}

const about = ({ note, shape, value }) => note || (shape.parts ?? []).slice(0, 4).map(word).join('、') ||
	sentence(shape, value) || t('preview_none')

function List({ session, all }) {
	return html`
		<div class="k-bar"><div class="k-title"><h1>${t('nav_policies')}</h1>
			<p class="k-quiet">${t('policy_help')}</p></div></div>
		<div class="k-policies">${all.map((one) => html`<a key=${one.key} class="k-card" data-policy=${one.key}
			href=${session.href(`policies/${one.key}`)}><strong>${word(one.shape)}</strong>
			<span class="k-quiet k-clamp">${about(one)}</span>
			${one.id && html`<span><${Tag} tone="accent">${t('policy_changed')}<//></span>`}</a>`)}
			<a class="k-card" href=${session.href('calendar')}><strong>${t('calendar_title')}</strong>
				<span class="k-quiet k-clamp">${t('calendar_help')}</span></a></div>`
}
