import { Icon } from '../components/icon.js'
import { Tag } from '../components/tag.js'
import { html } from '../dom.js'
import { duration, moment, size } from '../format.js'
import { t } from '../i18n.js'

// State shows whether the register could be brought back: the newest backup, the newest restore that was
// proven, what lacks, and room on the disks. said are the register's own conditions, by code.
export function State({ state, said }) {
	const { alarms } = state
	return html`<section class="k-card" data-backup-state>
		<div class="k-card-head"><h2>${t('backup_state')}</h2>
			<${Tag} tone=${alarms.length ? 'warn' : 'good'}>
				${t(alarms.length ? 'backup_attention' : 'backup_all_good')}<//></div>
		<dl class="k-facts">
			<${Fact} name="backup_newest" value=${state.newest_at && `${moment(state.newest_at)} ${
				state.newest_state === 'incomplete' ? t('backup_incomplete') : ''}`} />
			<${Fact} name="backup_proven" value=${state.proven_at && t('backup_proven_says', {
				at: moment(state.proven_at), time: duration(state.proven_ms / 1000) })} />
			<${Fact} name="backup_proven_name" value=${state.proven} />
			<${Fact} name="backup_drill_key" value=${t(state.drill_key ? 'yes' : 'no')} />
			<${Fact} name="backup_disk" value=${size(state.disk_free)} />
			<${Fact} name="backup_disk_local" value=${state.backup_disk_free && size(state.backup_disk_free)} />
		</dl>
		${state.drill_failed && html`<p class="k-note k-tone-bad"><${Icon} name="warn" />
			<span>${t('backup_drill_failed', { why: state.drill_failed })}</span></p>`}
		${alarms.filter((code) => said[code]).map((code) => html`<p key=${code} class="k-note k-tone-warn"
			data-alarm=${code}><${Icon} name="warn" /><span>${said[code]}</span></p>`)}
	</section>`
}

const Fact = ({ name, value }) => html`<div><dt>${t(name)}</dt><dd>${value || t('backup_never')}</dd></div>`
