import { awaited, useAnswer } from '../components/answer.js'
import { Icon } from '../components/icon.js'
import { OptionTag, Tag } from '../components/tag.js'
import { ArchiveButton } from '../customers/archive_button.js'
import { Belongings } from '../customers/belongings.js'
import { Facts } from '../customers/facts.js'
import { HandoverButton } from '../customers/handover_button.js'
import { PastButton } from '../customers/past_button.js'
import { Timeline } from '../customers/timeline.js'
import { ReviewButtons } from '../customers/review_buttons.js'
import { readCustomer, mayEdit } from '../customers/read.js'
import { html, useEffect, useSignal } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'
import { page } from '../page.js'

// One customer: what is known of it and what belongs to it.
export const mount = page(Customer)

function Customer({ session, params }) {
	const answer = useAnswer()
	const load = () => answer.ask(() => readCustomer(session, params.id))
	useEffect(() => {
		load()
	}, [])
	if (answer.failed.value?.status === 404) return html`<p class="k-empty">${t('no_such_customer')}
		<a href=${session.href('customers')}>${t('back_to_list')}</a></p>`
	const waiting = awaited(answer)
	if (waiting) return waiting
	const customer = answer.value.value
	return html`
		<${Head} session=${session} customer=${customer} onChange=${load} />
		<${Missing} session=${session} customer=${customer} />
		<${Merged} customer=${customer} />
		<div class="k-columns">
			<div><${Facts} session=${session} customer=${customer} /></div>
			<div><${Beside} session=${session} customer=${customer} onChange=${load} /></div>
		</div>`
}

// Beside a customer's own values stands what belongs to it: kind by kind, or all in the order of time.
function Beside({ session, customer, onChange }) {
	const inTime = useSignal(false)
	const tab = (name, timed) => html`<button type="button" role="tab" class="k-tab" data-tab=${name}
		aria-selected=${inTime.value === timed ? 'true' : 'false'}
		onClick=${() => { inTime.value = timed }}>${t(name)}</button>`
	return html`<div class="k-tabs" role="tablist">${tab('timeline_rows', false)}${tab('timeline', true)}</div>
		${inTime.value ? html`<${Timeline} session=${session} customer=${customer} />`
		: html`<${Belongings} session=${session} customer=${customer} onChange=${onChange} />`}`
}

function Head({ session, customer, onChange }) {
	const tags = ['kind', 'stage', 'tier', 'status']
	return html`<div class="k-bar">
		<a class="k-plain" href=${session.href('customers')} aria-label=${t('back_to_list')}
			title=${t('back_to_list')}><${Icon} name="back" /></a>
		<div class="k-title">
			<h1>${customer.name || customer.masked?.name || customer.number}</h1>
			<p class="k-quiet"><span class="k-code">${customer.number}</span>
				<span>${session.fields.label('owner')}
					${' '}${session.names.of('staff', customer.owner) || t('nobody')}</span>
				<span>${t('updated')} ${moment(customer.updated)}</span></p>
		</div>
		<div class="k-tags">
			${tags.map((key) => html`<${OptionTag} key=${key} session=${session} field=${key}
				value=${customer[key]} />`)}
			${(customer.tags ?? []).map((id) => html`<${Tag} key=${id}>${session.names.of('tags', id)}<//>`)}
		</div>
		<div class="k-actions">
			<${ReviewButtons} session=${session} customer=${customer} onChange=${onChange} />
			<${HandoverButton} session=${session} customer=${customer} onChange=${onChange} />
			<${ArchiveButton} session=${session} customer=${customer} />
			<${PastButton} session=${session} customer=${customer} />
			${session.may('merge') && html`<a class="k-button" name="merge_with"
				href=${session.href(`duplicates/merge?ids=${customer.id}`)}>${t('merge_with')}</a>`}
			${mayEdit(session, customer) && html`<a class="k-button k-primary"
				href=${session.href(`customers/${customer.id}/edit`)}><${Icon} name="edit" />${t('edit')}</a>`}
		</div>
	</div>`
}

// Merged names the numbers that lead to this customer.
function Merged({ customer }) {
	const numbers = customer.merged_numbers ?? {}
	if (Object.keys(numbers).length === 0) return null
	const asked = numbers[customer.merged_from]
	const said = asked ? t('merged_led', { number: asked })
		: t('merged_from', { numbers: Object.values(numbers).join('、') })
	return html`<p class="k-note k-tone-plain" data-merged><${Icon} name="info" /><span>${said}</span></p>`
}

function Missing({ session, customer }) {
	if (!customer.missing?.length) return null
	return html`<p class="k-note k-tone-warn"><${Icon} name="warn" />
		<span>${t('missing')}${t('colon')}${customer.missing.map(session.fields.label).join('、')}</span></p>`
}
