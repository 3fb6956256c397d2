import { html } from '../dom.js'
import { t } from '../i18n.js'

// Consent records the agreement without which a certificate or account number is not taken.
export function Consent({ session, entry, purpose }) {
	const consent = entry.consent.value
	const set = (changes) => {
		entry.consent.value = { ...consent, ...changes }
		entry.check()
	}
	const turn = (on) => set({ purposes: on ? [...consent.purposes, purpose]
		: consent.purposes.filter((one) => one !== purpose) })
	return html`<fieldset class="k-consent"><legend>${session.fields.collection('consents')}</legend>
		<label class="k-tick">
			<input type="checkbox" name="consent" value=${purpose} checked=${consent.purposes.includes(purpose)}
				onChange=${(event) => turn(event.target.checked)} />
			<span>${session.fields.option('consents.purposes', purpose)}</span></label>
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
