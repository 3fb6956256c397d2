import { Tag } from '../components/tag.js'
import { html } from '../dom.js'
import { moment, size } from '../format.js'
import { t } from '../i18n.js'

// placeName says where a copy lies: the folder that every register has, or the name of the policy.
export const placeName = (name) => (name === 'local' ? t('backup_place_local') : name)

const kinds = ['daily', 'hourly', 'manual']
const spans = ['day', 'hour', 'week', 'month']
const reasons = ['newest', ...spans, 'dated', 'no']

// why a backup stays; the rest of a reason is a day, a week or a month.
function why(reason) {
	const [first, ...rest] = reason.split(' ')
	if (!reasons.includes(first)) return reason
	return `${t(`backup_keep_${first}`)} ${spans.includes(first) ? rest.join(' ') : ''}`
}

// columns of the list of backups; act opens what is asked before an act.
export const columns = (act) => [
	{ key: 'at', title: t('backup_at'), narrow: true, class: 'k-code', cell: (row) => moment(row.at) },
	{ key: 'kind', title: t('backup_kind'), cell: (row) => (kinds.includes(row.kind)
		? t(`backup_kind_${row.kind}`) : row.kind) },
	{ key: 'size', title: t('backup_size'), numeric: true, cell: (row) => size(row.size) },
	{ key: 'places', title: t('backup_places'), narrow: true, cell: (row) => html`<span class="k-tags">
		${(row.places ?? []).map((place) => html`<${Tag} key=${place}
			tone=${(row.problems ?? []).includes(place) ? 'bad' : 'good'}
			title=${(row.problems ?? []).includes(place) ? t('backup_copy_damaged') : undefined}>
			${placeName(place)}<//>`)}</span>` },
	{ key: 'verified', title: t('backup_verified_at'), cell: (row) => moment(row.verified_at) || '–' },
	{ key: 'keep', title: t('backup_keeps'), cell: (row) => (row.drop
		? html`<${Tag} tone="warn">${t('backup_goes')}<//>` : why(row.keep?.[0] ?? '')) },
	{ key: 'acts', title: '', narrow: true, cell: (row) => html`<span class="k-actions">
		${['verify', 'drill', 'download'].map((name) => html`<button key=${name} type="button" class="k-plain"
			data-act=${name} onClick=${() => act(name, row)}>${t(`backup_${name}`)}</button>`)}</span>` },
]
