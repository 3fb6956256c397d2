import { wrap } from './speak.js'

// The columns of each collection that are shown until somebody chooses others, in their order, and the
// fields that a search without an operator looks through: short texts that every role reads.
export const shown = {
	customers: ['number', 'name', 'kind', 'mobile', 'cert_no', 'missing', 'tier', 'stage', 'status',
		'owner', 'uscc', 'updated'],
	contacts: ['customer', 'name', 'title', 'mobile', 'email', 'decision_role', 'primary'],
	followups: ['customer', 'date', 'staff', 'method', 'summary', 'next_date'],
	contracts: ['customer', 'number', 'title', 'amount', 'signed', 'starts', 'ends', 'state'],
	orders: ['customer', 'date', 'product', 'amount', 'number', 'state'],
	tickets: ['customer', 'number', 'kind', 'subject', 'state', 'opened', 'assignee'],
	attachments: ['customer', 'category', 'title', 'paper_ref', 'file', 'created'],
	consents: ['customer', 'purposes', 'method', 'granted', 'withdrawn', 'created'],
	staff: ['name', 'email', 'role', 'department', 'active', 'updated'],
	departments: ['name', 'parent', 'manager', 'updated'],
	tags: ['name', 'system', 'colour', 'updated'],
	industries: ['id', 'name', 'parent', 'level'],
	divisions: ['id', 'name', 'parent', 'level'],
	policies: ['key', 'value', 'note', 'updated'],
	tasks: ['title', 'kind', 'customer', 'assignee', 'due', 'state', 'done_at'],
	imports: ['file_name', 'collection', 'state', 'total', 'by_name', 'started', 'finished'],
	import_rows: ['import', 'row', 'outcome', 'record', 'decision'],
	exports: ['collection', 'format', 'reason', 'state', 'rows', 'by_name', 'expires'],
	duplicate_pairs: ['a', 'b', 'level', 'score', 'state', 'decided_name', 'decided'],
	audit_log: ['seq', 'at', 'actor_name', 'action', 'collection', 'record', 'ip'],
	changes: ['customer', 'collection', 'field', 'old', 'new', 'by_name', 'reason', 'at', 'via'],
	merges: ['kept', 'numbers', 'reason', 'by_name', 'created', 'undone'],
	handovers: ['from', 'to', 'by_name', 'at', 'undone'],
	approvals: ['kind', 'number', 'customer', 'requested_by_name', 'requested', 'due', 'state',
		'decided_by_name'],
	calendar_days: ['date', 'kind', 'name'],
	campaigns: ['name', 'kind', 'owner', 'starts', 'ends', 'state', 'closed_by_name'],
	jobs_log: ['job', 'state', 'started', 'finished', 'attempts', 'result', 'error'],
	backups_log: ['name', 'kind', 'at', 'size', 'state', 'verified_at', 'by_name'],
}

// Of these, what an office screen has no room for; whoever wants it there chooses it.
const ofWideScreens = { customers: ['uscc', 'updated'] }
const wide = 1500 // pixels

const searched = {
	customers: ['name', 'number'], contacts: ['name'], followups: ['summary'],
	contracts: ['number', 'title'], orders: ['product', 'number'], tickets: ['number', 'subject'],
	staff: ['name', 'email'], departments: ['name'], tags: ['name'], industries: ['id', 'name'],
	divisions: ['id', 'name'], policies: ['key'], tasks: ['title'], imports: ['file_name', 'by_name'],
	exports: ['reason', 'by_name'], audit_log: ['actor_name', 'action', 'record'],
	changes: ['field', 'by_name'], merges: ['reason', 'by_name'], approvals: ['number',
		'requested_by_name'], calendar_days: ['date', 'name'], jobs_log: ['job'], campaigns: ['name', 'place'], backups_log: ['name'],
}

// arranged is a collection whose fields stand in the order of its columns: the list draws them as they
// come, and what is looked at first must not be off the screen.
function arranged(collection) {
	const wanted = shown[collection?.name]
	if (!wanted) return collection
	const place = ({ name, primaryKey }) => (primaryKey ? -1 : wanted.includes(name) ? wanted.indexOf(name) : 999)
	return { ...collection, fields: collection.fields.toSorted((a, b) => place(a) - place(b)) }
}

// columns gives the lists of records their columns and their search.
export function columns(member) {
	const { app } = window
	const prefix = app.consts.COLUMNS_STORAGE_PREFIX
	wrap(app.utils, 'getLocalHistory', (read) => (key, otherwise) => {
		const chosen = read(key, null)
		if (!key.startsWith(prefix)) return chosen ?? otherwise
		const collection = app.store.collections.find(({ id }) => id === key.slice(prefix.length))
		return { ...preset(member, collection), ...chosen }
	})
	const list = app.components.recordsList
	app.components.recordsList = (props) => list({ ...props, collection: () => arranged(
		typeof props.collection === 'function' ? props.collection() : props.collection) })
	// the customers and what belongs to them stand first in the sidebar
	const place = ({ name }) => (name in shown ? Object.keys(shown).indexOf(name) : 999)
	wrap(app.utils, 'sortedCollectionsByType', (sort) => (list) => sort(list)
		.toSorted((a, b) => place(a) - place(b)))
	wrap(app.utils, 'normalizeSearchFilter', (normalize) => (text, fields) => {
		const collection = app.store.activeCollection
		const few = searched[collection?.name]?.filter((name) => fields.includes(name))
		return normalize(text, few?.length ? few : fields)
	})
}

function preset(member, collection) {
	const wanted = shown[collection?.name]
	if (!wanted) return {}
	const left = window.innerWidth < wide ? ofWideScreens[collection.name] ?? [] : []
	const listed = member.session.fields.of(collection.name).map(({ key }) => key)
	return Object.fromEntries(collection.fields.map(({ id, name }) => {
		const own = ['id', 'created', 'updated', 'customer'].includes(name)
		return [id, wanted.includes(name) && !left.includes(name) && (!listed.length || own || listed.includes(name))]
	}))
}
