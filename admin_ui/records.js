import { complain } from '/app/components/toast.js'
import { mount } from '/app/pages/customer.js'
import { t as say } from '/app/i18n.js'

// dress makes the records' dialogs the product's: a customer opens with all that belongs to it and
// the acts that it allows; the form is behind a second tab. A new one is entered on the page that checks
// while one types and asks for consents.
export function dress(member, speech) {
	const { app } = window
	let opened = null
	const context = (collection) => ({ kind: 'records', collection: () => collection })
	const upsert = app.modals.openRecordUpsert
	app.modals.openRecordUpsert = (listed, record, settings) => {
		const collection = app.store.collections.find(({ id }) => id === listed?.id) ?? listed
		if (collection?.name === 'customers' && !record && !app.modals.getTop()) {
			location.hash = member.session.href('customers/new')
			return undefined
		}
		opened = { collection, id: typeof record === 'string' ? record : record?.id }
		return speech.within(context(collection), upsert)(collection, record, settings)
	}
	const preview = app.modals.openRecordPreview
	app.modals.openRecordPreview = (record, settings) => speech.within(context(app.store.collections.find(
		({ id, name }) => id === record?.collectionId || name === record?.collectionName)), preview)(record, settings)
	const list = app.components.recordsList
	app.components.recordsList = (props) => speech.within({ kind: 'records',
		collection: () => (typeof props.collection === 'function' ? props.collection() : props.collection) },
	list)(props)
	document.addEventListener('mount:recordUpsertModal', ({ detail: modal }) => {
		if (opened?.collection.name === 'customers' && opened.id) addCustomer(member, modal, opened.id)
		opened = null
	})
	marks(member)
	onlyRead()
}

// What people enter themselves; everything else the product writes, and its routes are the way.
const entered = ['customers', 'contacts', 'followups', 'contracts', 'orders', 'tickets', 'attachments', 'consents',
	'staff', 'departments', 'tags', 'policies', 'calendar_days', 'campaigns', '_superusers']

function onlyRead() {
	const { app, watch } = window
	watch(() => document.documentElement.classList.toggle('kehu-readonly',
		!entered.includes(app.store.activeCollection?.name)))
}

// addCustomer puts the web app's page of a customer into its dialog.
function addCustomer(member, modal, id) {
	const { t } = window
	const place = t.div({ className: 'kehu-customer k-main' })
	const tab = (name, label) => t.button({ type: 'button', className: 'tab-item', 'html-data-tab': name,
		onclick: () => show(name) }, label)
	const tabs = t.nav({ className: 'tabs-header kehu-tabs' }, tab('whole', say('customer_whole')),
		tab('form', say('customer_form')))
	const show = (name) => {
		modal.classList.toggle('kehu-whole', name === 'whole')
		for (const one of tabs.children) one.classList.toggle('active', one.dataset.tab === name)
	}
	modal.classList.add('kehu-record')
	modal.prepend(tabs, place) // between its own parts PocketBase draws anew; the sheet orders them
	show('whole')
	const unmount = mount(place, member.session, { id })
	document.addEventListener('unmount:recordUpsertModal', function left({ detail }) {
		if (detail !== modal) return
		document.removeEventListener('unmount:recordUpsertModal', left)
		unmount()
	})
}

// marks keeps the ids of customers that may be in the register twice, for the lists.
function marks(member) {
	const { app, store, watch } = window
	const suspected = store({ ids: {} })
	member.suspected = (id) => Boolean(suspected.ids[id])
	watch(() => [member.known.version, app.store.activeCollection?.name, app.store.page], async () => {
		if (member.known.version < 1 || app.store.activeCollection?.name !== 'customers') return
		if (!member.ready() || !member.session.may('merge')) return
		try {
			const { pairs = [] } = await member.session.api.get('/api/kehu/duplicates')
			suspected.ids = Object.fromEntries(pairs.flatMap(({ a, b }) => [a, b])
				.map((side) => [side?.id ?? side, true]))
		} catch (error) {
			complain(error)
		}
	})
}
