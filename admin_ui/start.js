import { complain } from '/app/components/toast.js'
import '/app/components/unsaved.js'
import { lang, setLang } from '/app/i18n.js'
import { columns } from './columns.js'
import { guardStorage } from './storage.js'
import { speak } from './speak.js'
import { createMember } from './member.js'
import { navigate } from './navigation.js'
import { host } from './pages.js'
import { dress } from './records.js'
import { refusals } from './refusals.js'
import { showValues } from './values.js'

// start puts the product into the admin UI and answers what draws its pages. The order counts: what
// draws must be wrapped before the router draws the first page.
export async function start() {
	guardStorage()
	addStyles()
	const { app } = window
	app.pb.lang = lang.value === 'en' ? 'en-US' : 'zh-CN'
	document.documentElement.lang = lang.value === 'en' ? 'en' : 'zh-CN'
	const member = createMember(app.pb.authStore)
	const speech = speak(member, lang.value === 'en')
	columns(member)
	showValues(member, speech)
	dress(member, speech)
	refusals(member)
	navigate(member, () => {
		setLang(lang.value === 'en' ? 'zh' : 'en')
		location.reload()
	})
	await member.load().catch(complain)
	return { page: () => host(member) }
}

// addStyles puts PocketBase's own style into a layer below the product's: rules in no layer would
// win over all that are in one.
function addStyles() {
	const own = [...document.querySelectorAll('link[rel="stylesheet"]')]
		.find((link) => /\/assets\/index-[\w-]+\.css$/.test(link.href))
	if (own) {
		const layered = document.createElement('style')
		layered.textContent = `@import url(${JSON.stringify(own.href)}) layer(pocketbase);`
		layered.addEventListener('load', () => own.remove())
		document.head.prepend(layered)
	}
	const link = document.createElement('link')
	link.rel = 'stylesheet'
	link.href = '/_/extensions/kehu/style.css'
	document.head.append(link)
}
