import { Tag } from '../components/tag.js'
import { html, useSignal } from '../dom.js'
import { lang, t } from '../i18n.js'
import { Distinct } from './distinct.js'

// groupsOf puts the pairs of an answer under the groups that they make; a pair of no group stands
// alone.
export function groupsOf({ pairs, groups }) {
	const rest = new Map(pairs.map((pair) => [pair.id, pair]))
	const made = (groups ?? []).map((group) => ({ key: group.pairs.join(), pairs: group.pairs
		.filter((id) => rest.has(id)).map((id) => {
			const pair = rest.get(id)
			rest.delete(id)
			return pair
		}) }))
	for (const pair of rest.values()) made.push({ key: pair.id, pairs: [pair] })
	return made.filter((group) => group.pairs.length > 0)
		.map((group) => ({ ...group, customers: customersOf(group.pairs) }))
}

function customersOf(pairs) {
	const customers = new Map()
	for (const side of pairs.flatMap(({ a, b }) => [a, b])) if (side.id) customers.set(side.id, side)
	return [...customers.values()]
}

const nameOf = (side) => side.name ?? side.masked?.name ?? t('duplicate_unseen')

// Group shows customers that may be one, pair by pair with the reasons.
export function Group({ session, group, onChange }) {
	const asked = useSignal(null)
	const ids = group.customers.map(({ id }) => id).join()
	return html`<section class="k-card" data-group=${ids}>
		<div class="k-card-head"><h2>${group.customers.map(nameOf).join(' / ')}</h2>
			${group.customers.length > 1 && html`<a class="k-button k-primary"
				href=${session.href(`duplicates/merge?ids=${ids}`)}>${t('merge_these')}</a>`}</div>
		<ul class="k-pairs">${group.pairs.map((pair) => html`<li key=${pair.id}>
			<span class="k-sides"><${Side} session=${session} side=${pair.a} />
				<${Side} session=${session} side=${pair.b} /></span>
			<span class="k-tags"><${Tag} tone=${pair.score >= 0.95 ? 'bad' : 'warn'}>
				${t('pair_score', { n: Math.round(pair.score * 100) })}<//>
				${pair.reasons.map((reason) => html`<${Tag} key=${reason}>${reason}<//>`)}</span>
			<button type="button" class="k-button" name="distinct"
				onClick=${() => { asked.value = pair }}>${t('not_same')}</button>
		</li>`)}</ul>
		${asked.value && html`<${Distinct} session=${session} pair=${asked.value}
			names=${[asked.value.a, asked.value.b].map(nameOf)} onDone=${onChange}
			onClose=${() => { asked.value = null }} />`}
	</section>`
}

function Side({ session, side }) {
	const gap = lang.value === 'en' ? ' · ' : ' '
	return html`<span>${side.id ? html`<a href=${session.href(`customers/${side.id}`)}>${nameOf(side)}</a>
		${' '}<span class="k-code k-quiet">${side.number}</span>` : nameOf(side)}
		<span class="k-quiet">${gap}${session.fields.label('owner')}${t('colon')}
			${side.owner || t('nobody')}</span></span>`
}
