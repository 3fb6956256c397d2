import { html } from '../dom.js'
import { t } from '../i18n.js'

// Consent records the agreement without which a certificate or account number is not taken.
export function Consent({ session, entry }) {
	const consent = entry.consent.value
	const set = (changes) => {
		entry.consent.value = { ...consent, ...changes }
		entry.check()
	}
	const turn = (key, on) => set({ purposes: on ? [...consent.purposes, key]
		: consent.purposes.filter((one) => one !== key) })
	return html`<fieldset class="k-consent"><legend>${session.fields.collection('consents')}</legend>
		${['sensitive_id', 'bank'].map((key) => html`<label key=${key} class="k-tick">
			<input type="checkbox" name="consent" value=${key} checked=${consent.purposes.includes(key)}
				onChange=${(event) => turn(key, event.target.checked)} />
			<span>${session.fields.option('consents.purposes', key)}</span></label>`)}
		<label>${session.fields.label('consents.method')}
			<select onChange=${(event) => set({ method: event.target.value })}>
				${session.fields.find('consents.method')?.options.map(({ key }) => html`<option key=${key}
					value=${key} selected=${key === consent.method}>
					${session.fields.option('consents.method', key)}</option>`)}
			</select></label>
		<label>${session.fields.label('consents.statement_version')}
			<input type="text" value=${consent.statement_version} maxlength="100" placeholder=${t('optional')}
				onChange=${(event) => set({ statement_version: event.target.value })} /></label>
	</fieldset>`
}
