import { Table } from '../components/table.js'
import { html } from '../dom.js'
import { count } from '../format.js'
import { t } from '../i18n.js'

// Progress shows the head of a department how far each member is with keeping customers up to date.
export function Progress({ people }) {
	if (!people) return null
	const number = (key) => ({ key, title: t(`upkeep_${key}`), narrow: true, numeric: true,
		cell: (row) => count(row[key]) })
	return html`<section class="k-card k-chart k-chart-wide" data-chart="progress"><h2>${t('upkeep')}</h2>
		<${Table} label=${t('upkeep')} rows=${people} keyOf=${(row) => row.key} empty=${t('none_yet')}
			columns=${[{ key: 'label', title: t('upkeep_who'), narrow: true, cell: (row) => row.label },
				number('overdue'), number('due'), number('done')]} />
	</section>`
}
