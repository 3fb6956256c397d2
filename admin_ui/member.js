import PocketBase from '/vendor/pocketbase.js'
import { effect } from '/app/dom.js'
import { createSession } from '/app/session.js'

const root = '#/kehu/'

// createMember is who works in the admin UI: an owner of the system, or the member of staff whose
// e-mail the account has. It holds the session that the web app's pages get.
export function createMember(authStore) {
	const { app, store } = window
	const members = new Map() // account → the member it acts as
	let acting // the account of which it is known who it acts as
	const known = store({ version: 0 }) // what reads it is drawn anew when more is known
	const session = createSession(new PocketBase('/', authStore), {
		href: (path) => `${root}${path}`,
		go: (path) => {
			location.hash = `${root}${path}`
		},
		replace: (path) => history.replaceState(null, '', `${root}${path}`),
	}, (record) => members.get(record.id) ?? record)
	const member = {
		session, known,
		ready: () => Boolean(acting) && acting === authStore.record?.id,
		linked: () => session.me.value?.collectionName === 'staff',
		owner: () => Boolean(session.me.value) && !member.linked(),
		load: async () => {
			const account = authStore.isValid ? authStore.record : null
			if (!account) return
			const [who] = await Promise.all([session.api.get('/api/kehu/account'), session.fields.load(),
				session.names.load()])
			if (who.collection === 'staff') {
				const { id, name, email, role } = who
				members.set(account.id, { id, name, email, role, collectionName: 'staff' })
			}
			if (authStore.record?.id !== account.id) return
			acting = account.id
			session.me.value = members.get(account.id) ?? account
			known.version++
		},
	}
	effect(() => {
		if (session.fields.ready() && member.ready()) known.version++
	})
	let before = authStore.record?.id
	authStore.onChange((token, record) => {
		if (record?.id === before) return
		before = record?.id
		if (record) member.load().catch((error) => app.toasts.error(error.message))
	})
	return member
}
