import { sectionsFor } from '../contents.js'
import { html, useEffect, useRef } from '../dom.js'
import { lang, setLang, t } from '../i18n.js'
import { Icon } from './icon.js'

// Header is the staff app's bar: where one is, who one is.
export function Header({ session, section }) {
	const link = (to) => html`<a key=${to} href=${session.href(to)}
		aria-current=${section === to ? 'page' : undefined}>${t(`nav_${to}`)}</a>`
	const me = session.me.value
	const nav = useRef()
	useEffect(() => { // on a phone the sections are more than the screen is wide
		const toCurrent = () => nav.current.querySelector('[aria-current]')
			?.scrollIntoView({ inline: 'center', block: 'nearest' })
		toCurrent()
		addEventListener('resize', toCurrent)
		return () => removeEventListener('resize', toCurrent)
	}, [section])
	return html`<header class="k-header">
		<a class="k-brand" href=${session.href('customers')}><${Icon} name="people" />${t('product')}</a>
		<nav ref=${nav} aria-label=${t('navigation')}>
			${sectionsFor(session).map(link)}
		</nav>
		<div class="k-who">
			<a class="k-name" href=${session.href('account')} title=${t('nav_account')}
				aria-current=${section === 'account' ? 'page' : undefined}>${me.name || me.email}</a>
			<span class="k-role">${t(`role_${me.role ?? 'owner'}`)}</span>
			<${LanguageSwitch} />
			<button type="button" class="k-plain" title=${t('sign_out')} aria-label=${t('sign_out')}
				onClick=${session.signOut}><${Icon} name="exit" /></button>
		</div>
	</header>`
}

export function LanguageSwitch() {
	const other = lang.value === 'en' ? 'zh' : 'en'
	return html`<button type="button" class="k-plain k-lang" lang=${other === 'zh' ? 'zh-CN' : 'en'}
		onClick=${() => setLang(other)}>${other === 'zh' ? '中文' : 'EN'}</button>`
}
