import { Dialog } from '../components/dialog.js'
import { html } from '../dom.js'
import { moment } from '../format.js'
import { t } from '../i18n.js'
import { placeName } from '../places.js'

// The acts that the log knows, in the order in which they are offered.
export const acts = [
	'list', 'view', 'search', 'check', 'lookup', 'subscribe', 'download', 'reveal', 'export', 'create',
	'update', 'delete', 'import', 'import_undo', 'duplicates_scan', 'duplicates_distinct', 'tier', 'merge',
	'merge_undo', 'handover', 'handover_undo', 'pool_return', 'pool_claim',
	'request', 'decide', 'archive', 'archive_restore',
	'archive_purge', 'sign_in', 'sign_in_failed', 'impersonate', 'account', 'policy', 'settings',
	'collection', 'admin', 'sql', 'backup',
	'restore', 'upgrade', 'audit_purge',
]

// What is noted as backup, told apart by what the entry holds.
const ofBackups = ['backup_verify', 'backup_drill', 'backup_download', 'backup_prune', 'restore']

// actName says an act in words; one that is not known keeps its code.
export const actName = (action) => (acts.includes(action) || ofBackups.includes(action)
	? t(`audit_act_${action}`) : action)

// actOf says what an entry tells of.
export function actOf({ action, detail }) {
	if (action === 'backup' && ofBackups.includes(detail?.act)) return actName(detail.act)
	if (action === 'backup' && detail?.route?.startsWith('GET ')) return actName('list')
	return actName(action)
}

// Entry shows all of an entry, with the marks that chain it to the one before.
export function Entry({ session, entry, onClose }) {
	const lines = [
		['audit_seq', entry.seq], ['audit_at', moment(entry.at)],
		['audit_actor', `${entry.actor_name} ${entry.role ? t(`role_${entry.role}`) : ''}`],
		['audit_ip', [entry.ip, entry.remote].filter(Boolean).join(' ← ')],
		['audit_action', actOf(entry)], ['audit_collection', placeName(session, entry.collection)],
		['audit_record', [entry.record_called, entry.record].filter(Boolean).join(' · ')],
	].filter(([, value]) => value)
	return html`<${Dialog} title=${t('audit_entry', { n: entry.seq })} wide onClose=${onClose}>
		<dl class="k-facts">${lines.map(([key, value]) => html`
			<div key=${key}><dt>${t(key)}</dt><dd>${value}</dd></div>`)}</dl>
		<h3>${t('audit_detail')}</h3>
		<pre class="k-json" data-detail>${JSON.stringify(entry.detail, null, 2)}</pre>
		<h3>${t('audit_chain')}</h3>
		<pre class="k-json">${entry.prev}${'\n'}${entry.hash}</pre>
	<//>`
}
