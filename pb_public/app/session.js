import { BaseAuthStore } from '../vendor/pocketbase.js'
import { createApi } from './api.js'
import { computed, effect, signal } from './dom.js'
import { createFields } from './fields.js'
import { lang } from './i18n.js'
import { createNames } from './names.js'

const place = 'kehu.session'

// TabStore keeps the token for as long as the tab lives and writes it to no disk of its own.
export class TabStore extends BaseAuthStore {
	constructor() {
		super()
		try {
			const { token, record } = JSON.parse(sessionStorage.getItem(place) ?? '{}')
			if (token) super.save(token, record)
		} catch {
			// nothing to go on with
		}
	}

	save(token, record) {
		super.save(token, record)
		sessionStorage.setItem(place, JSON.stringify({ token, record }))
	}

	clear() {
		super.clear()
		sessionStorage.removeItem(place)
	}
}

// allowed says which roles are offered an action; the server decides.
const allowed = {
	import: ['manager', 'data_admin', 'marketing'],
	campaigns: ['marketing', 'manager', 'executive', 'data_admin'],
	campaign_new: ['marketing', 'data_admin'],
	create: ['sales', 'service', 'manager', 'data_admin'],
	export: ['sales', 'service', 'manager', 'executive', 'data_admin'],
	merge: ['manager', 'data_admin'],
	pool: ['sales', 'manager', 'data_admin'],
	handover: ['manager', 'data_admin'],
	assign: ['manager', 'data_admin'],
	staff: ['data_admin'],
	archives: ['sales', 'service', 'finance', 'manager', 'executive', 'data_admin'],
	audit: ['executive', 'data_admin'],
	backups: ['data_admin'],
	policies: ['data_admin'],
}

// createSession is who works, and where: a PocketBase client, and the shell's way to move between
// pages { go(path), href(path), replace(path) }. actor tells who the account of a record acts as: the
// admin UI's account of a member of staff is that member. Every page gets it.
export function createSession(client, shell, actor = (record) => record) {
	client.autoCancellation(false)
	effect(() => {
		client.lang = lang.value === 'en' ? 'en-US' : 'zh-CN'
	})
	const ended = signal(false) // the server no longer takes what one signed in with
	const me = signal(client.authStore.isValid ? actor(client.authStore.record) : null)
	const api = createApi(client, () => {
		ended.value = ended.peek() || Boolean(me.peek())
		client.authStore.clear()
	})
	const session = {
		...shell, client, api, me, ended,
		fields: createFields(api), names: createNames(api),
		role: computed(() => (isOwner(me.value) ? 'data_admin' : me.value?.role)),
		may: (action) => allowed[action].includes(session.role.value),
		mayReveal: (field) => Boolean(field.reveal),
		enter: ({ token, record }) => {
			ended.value = false
			client.authStore.save(token, record)
		},
		signOut: () => client.authStore.clear(),
	}
	client.authStore.onChange((token, account) => {
		const record = account && actor(account)
		if (record?.id !== me.value?.id) {
			session.fields.forget()
			session.names.forget()
		}
		me.value = record
	})
	return session
}

const isOwner = (record) => record?.collectionName === '_superusers'
