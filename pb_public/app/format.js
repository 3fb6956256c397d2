import { lang, locale, t } from './i18n.js'

// zone is the company's, not the browser's: everybody reads the same day.
let zone = 'Asia/Shanghai'
export const useZone = (name) => {
	zone = name || zone
}

export const count = (n) => new Intl.NumberFormat(locale()).format(n ?? 0)

export const money = (yuan) => new Intl.NumberFormat(locale(),
	{ style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol' }).format(yuan)

// moment shows a time stamp (UTC) as YYYY-MM-DD HH:MM in the company's zone.
export function moment(stamp) {
	const at = new Date(String(stamp).replace(' ', 'T'))
	if (!stamp || Number.isNaN(at.getTime())) return ''
	return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: zone })
		.format(at)
}

export const day = (stamp) => moment(stamp).slice(0, 10)

// duration is how long something takes, in the largest unit that suits.
export function duration(seconds) {
	if (seconds < 60) return t('seconds', { n: Math.ceil(seconds) })
	if (seconds < 3600) return t('minutes', { n: Math.ceil(seconds / 60) })
	return t('hours', { n: (seconds / 3600).toFixed(1) })
}

const units = ['B', 'KB', 'MB', 'GB', 'TB']

// size shows bytes in the unit that suits.
export function size(bytes) {
	let n = bytes ?? 0
	let unit = 0
	for (; n >= 1024 && unit < units.length - 1; unit++) n /= 1024
	return `${n.toFixed(n >= 100 || unit === 0 ? 0 : 1)} ${units[unit]}`
}

// show is a record's value as people read it; '' where there is none. Masked values stand in
// record.masked.
export function show(session, field, record) {
	const value = record[field.key]
	if (value === undefined) return record.masked?.[field.key] ?? ''
	if (value === null || value === '' || value.length === 0) return ''
	if (field.key === 'tier_rule') return why(record)
	return (shown[field.kind] ?? String)(value, { session, field, record,
		path: `${field.collection}.${field.key}` })
}

// why says by which rule a customer has its tier, and on what facts.
function why({ tier_reason: said }) {
	const facts = (said?.reasons ?? []).map(({ zh, en }) => (lang.value === 'en' ? en : zh))
	return [said?.name, ...facts].filter(Boolean).join(t('semicolon'))
}

const comma = () => (lang.value === 'en' ? ', ' : '、')

const expanded = (value, { record, field }) => record.expand?.[field.key]?.name ?? value

const shown = {
	select: (key, { session, path }) => session.fields.option(path, key),
	selectmany: (keys, { session, path }) =>
		keys.map((key) => session.fields.option(path, key)).join(comma()),
	tags: (ids, { session }) => ids.map((id) => session.names.of('tags', id)).join(comma()),
	staff: (id, { session }) => session.names.of('staff', id),
	department: (id, { session }) => session.names.of('departments', id),
	industry: expanded, division: expanded, customer: expanded,
	relation: (id, { record, field }) => {
		const to = record.expand?.[field.key]
		return to?.number ?? to?.name ?? to?.masked?.name ?? ''
	},
	money: (yuan) => (yuan === 0 ? '' : money(yuan)),
	number: (n) => (n === 0 ? '' : count(n)),
	bool: (yes) => (yes ? t('yes') : ''),
	autodate: moment,
	json: () => '',
	file: () => '',
}

// jobName is what a job that happens by the clock is called.
export const jobName = (job) => t(`job_${job.replaceAll(' ', '_')}`)
