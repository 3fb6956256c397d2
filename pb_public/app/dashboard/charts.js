import { html, useEffect, useRef } from '../dom.js'
import { count } from '../format.js'
import { lang, t } from '../i18n.js'

const label = (one) => (lang.value === 'en' ? one.label_en : one.label)
const shownMost = 10 // of the owners, departments, industries

// toList is the address of the list whose length a figure is.
export function toList(session, name, one) {
	if (one.collection === 'duplicate_pairs') return session.href('duplicates')
	const about = [name, label(one)].filter(Boolean).join(t('colon'))
	return session.href(`${one.collection}?${new URLSearchParams({ where: one.filter, about })}`)
}

export const many = (one) => `${count(one.n)}${one.more ? '+' : ''}`

// Bars draws figures as bars, each of which leads to its list.
export function Bars({ session, name, title, figures }) {
	const shown = figures.slice(0, shownMost)
	const most = Math.max(1, ...shown.map((one) => one.n))
	return html`<section class="k-card k-chart" data-chart=${name}><h2>${title}</h2>
		${shown.length === 0 && html`<p class="k-quiet">${t('none_yet')}</p>`}
		<ul class="k-bars">${shown.map((one) => html`<li key=${one.key}>
			<a href=${toList(session, title, one)} title=${label(one)}>
				<span class="k-bar-label">${label(one)}</span>
				<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
					<rect class="k-bar-ground" width="100" height="1" />
					<rect class="k-bar-value" width=${100 * one.n / most} height="1" /></svg>
				<span class="k-bar-n">${many(one)}</span></a></li>`)}</ul>
		${figures.length > shownMost && html`<p class="k-quiet">${t('dash_more',
			{ n: count(figures.length - shownMost) })}</p>`}
	</section>`
}

const height = 100
const step = 40
const wide = 28

// Months draws the last twelve months as columns, the present one at the right.
export function Months({ session, title, figures }) {
	const box = useRef()
	useEffect(() => { // on a phone the present month comes first into view
		box.current.scrollLeft = box.current.scrollWidth
	}, [])
	const months = [...figures].reverse()
	const most = Math.max(1, ...months.map((one) => one.n))
	return html`<section class="k-card k-chart k-chart-wide" data-chart="created"><h2>${title}</h2>
		<div ref=${box} class="k-scroll"><svg class="k-columns-chart"
			viewBox="0 0 ${step * months.length} ${height + 44}" role="group"
			aria-label=${title}>
			<line class="k-axis" x1="0" x2=${step * months.length} y1=${height + 18} y2=${height + 18} />
			${months.map((one, i) => {
				const tall = height * one.n / most
				const middle = step * i + step / 2
				return html`<a key=${one.key} href=${toList(session, title, one)}
					aria-label=${`${one.label} ${many(one)}`}>
					<rect class="k-hit" x=${step * i} y="0" width=${step} height=${height + 44} />
					<rect class="k-bar-value" x=${middle - wide / 2} y=${height + 18 - tall}
						width=${wide} height=${tall} />
					<text x=${middle} y=${height + 12 - tall}>${many(one)}</text>
					<text class="k-month" x=${middle} y=${height + 36}>${one.label.slice(2)}</text></a>`
			})}
		</svg></div>
	</section>`
}
