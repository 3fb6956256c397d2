import { keep } from '../api.js'
import { Confirm } from '../components/confirm.js'
import { say } from '../components/toast.js'
import { html, useSignal } from '../dom.js'
import { count, duration, size } from '../format.js'
import { t } from '../i18n.js'
import { placeName } from './list.js'

// Each act on backups with what is asked before, and what is said after it.
export function Make({ session, onClose }) {
	const run = async () => {
		const made = await session.api.post('/api/kehu/backups')
		const failed = (made.copies ?? []).filter((one) => one.state === 'failed')
		const places = failed.map((one) => placeName(one.place)).join('、')
		say(failed.length ? t('backup_made_partly', { places }) : t('backup_made', { size: size(made.size) }))
	}
	return html`<${Confirm} title=${t('backup_make')} label=${t('backup_make')} run=${run}
		onClose=${onClose}>
		<p>${t('backup_make_asks')}</p><//>`
}

export function Verify({ session, row, onClose }) {
	const verdict = useSignal(null)
	const run = async () => {
		verdict.value = await session.api.post(`/api/kehu/backups/${row.name}/verify`)
		const bad = verdict.value.places.filter((one) => one.state !== 'good')
		if (bad.length) {
			throw new Error(bad.map(copySays).join(t('semicolon')))
		}
		say(t('backup_verified', { n: count(verdict.value.places.length) }))
	}
	return html`<${Confirm} title=${t('backup_verify')} label=${t('backup_verify')} run=${run}
		onClose=${(done) => onClose(done || verdict.value)}>
		<p>${t('backup_verify_asks')}</p><p class="k-code">${row.name}</p><//>`
}

const copySays = ({ place, state, error }) =>
	`${placeName(place)}${t('colon')}${t(`backup_copy_${state}`)} ${error ?? ''}`

export function Drill({ session, row, onClose }) {
	const identity = useSignal('')
	const run = async () => {
		const body = identity.value.trim() ? { identity: identity.value.trim() } : {}
		const proof = await session.api.post(`/api/kehu/backups/${row.name}/drill`, body)
		say(t('backup_drilled', { customers: count(proof.trial?.Customers), files: count(proof.files),
			time: duration(proof.duration_ms / 1000) }))
	}
	return html`<${Confirm} title=${t('backup_drill')} label=${t('backup_drill')} run=${run}
		onClose=${onClose}>
		<p>${t('backup_drill_asks')}</p><p class="k-code">${row.name}</p>
		<label class="k-field">${t('backup_identity')}
			<input type="password" name="identity" autocomplete="off" spellcheck="false" value=${identity.value}
				onInput=${(event) => { identity.value = event.target.value }} /></label>
		<p class="k-quiet">${t('backup_identity_help')}</p><//>`
}

export function Download({ session, row, onClose }) {
	const run = async () => keep(await session.api.file(`/api/kehu/backups/${row.name}/file`))
	return html`<${Confirm} title=${t('backup_download')} label=${t('backup_download')} run=${run}
		onClose=${onClose}>
		<p>${t('backup_download_asks', { size: size(row.size) })}</p><p class="k-code">${row.name}</p><//>`
}

// Clear says first what would go.
export function Clear({ session, items, onClose }) {
	const run = async () => {
		const { items: fates } = await session.api.post('/api/kehu/retention', { dry_run: false })
		say(t('backup_cleared', { n: count(fates.filter((one) => !one.keep && !one.error).length) }))
	}
	return html`<${Confirm} danger title=${t('backup_clear')} label=${t('backup_clear')} run=${run}
		onClose=${onClose}>
		<p>${t('backup_clear_asks', { n: count(items.length) })}</p>
		<ul>${items.map((one) => html`<li key=${one.place + one.name} class="k-code">
			${placeName(one.place)} ${one.name}</li>`)}</ul><//>`
}
