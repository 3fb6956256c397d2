import { html } from '../dom.js'
import { t } from '../i18n.js'

const ways = ['skip', 'update', 'review']
const sensitive = { cert_no: 'sensitive_id', bank_account: 'bank' }

// Options are what a person decides for all rows. Each change is checked against the first rows anew.
export function Options({ session, job, preview }) {
	const options = job.state.value.options ?? {}
	const set = (changes) => job.change({ options: { ...options, ...changes } })
	const busy = job.busy.value
	return html`<section class="k-card"><h2>${t('options')}</h2>
		<div class="k-form">
			<fieldset class="k-field k-across"><legend>${t('on_duplicate')}</legend>
				${ways.map((way) => html`<label key=${way} class="k-tick">
					<input type="radio" name="on_duplicate" value=${way} disabled=${busy}
						checked=${(options.on_duplicate || 'skip') === way}
						onChange=${() => set({ on_duplicate: way })} /><span>${t(`duplicate_${way}`)}</span>
				</label>`)}
			</fieldset>
			${preview.hidden_rows > 0 && html`<label class="k-field k-tick">
				<input type="checkbox" name="hidden" checked=${options.hidden} disabled=${busy}
					onChange=${(event) => set({ hidden: event.target.checked })} />
				<span>${t('take_hidden', { n: preview.hidden_rows })}</span></label>`}
			<${Owners} session=${session} options=${options} set=${set} busy=${busy} />
			<${Consents} session=${session} options=${options} set=${set} busy=${busy} preview=${preview} />
			<div class="k-field"><label for="confirm_duplicate">${t('shared_mobiles')}</label>
				<input id="confirm_duplicate" name="confirm_duplicate" type="text" maxlength="500" disabled=${busy}
					value=${options.confirm_duplicate ?? ''} placeholder=${t('optional')}
					aria-describedby="confirm_duplicate_said"
					onChange=${(event) => set({ confirm_duplicate: event.target.value.trim() })} />
				<p id="confirm_duplicate_said" class="k-said">${t('shared_mobiles_help')}</p>
			</div>
		</div>
	</section>`
}

function Owners({ session, options, set, busy }) {
	if (!session.may('assign')) return null
	const choices = { owner: session.names.list('staff').filter((one) => one.active),
		department: session.names.list('departments') }
	return Object.entries(choices).map(([key, list]) => html`<div key=${key} class="k-field">
		<label for="import_${key}">${session.fields.label(key)}</label>
		<select id="import_${key}" name=${key} disabled=${busy} aria-describedby="import_${key}_said"
			onChange=${(event) => set({ [key]: event.target.value })}>
			<option value="" selected=${!options[key]}>${t(`${key}_unset`)}</option>
			${list.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === options[key]}>
				${one.name}</option>`)}
		</select>
		<p id="import_${key}_said" class="k-said">${t(`${key}_help`)}</p>
	</div>`)
}

// Consents are asked for where a column holds certificate or account numbers.
function Consents({ session, options, set, busy, preview }) {
	const asked = preview.mapping.columns.flatMap((column) => sensitive[column.field] ?? [])
	if (asked.length === 0) return null
	const given = options.consent ?? []
	const turn = (purpose, on) => set({ consent: on ? [...given, purpose]
		: given.filter((one) => one !== purpose) })
	return html`<fieldset class="k-field k-across"><legend>${session.fields.collection('consents')}</legend>
		<p class="k-said">${t('consent_help')}</p>
		${asked.map((purpose) => html`<label key=${purpose} class="k-tick">
			<input type="checkbox" name="consent" value=${purpose} checked=${given.includes(purpose)}
				disabled=${busy} onChange=${(event) => turn(purpose, event.target.checked)} />
			<span>${t('consent_given', { purpose: session.fields.option('consents.purposes', purpose) })}</span>
		</label>`)}
		<label>${session.fields.label('consents.statement_version')}
			<input type="text" name="statement_version" value=${options.statement_version ?? ''} maxlength="100"
				disabled=${busy} placeholder=${t('optional')}
				onChange=${(event) => set({ statement_version: event.target.value.trim() })} /></label>
	</fieldset>`
}
