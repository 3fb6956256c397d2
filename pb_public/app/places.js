import { t } from './i18n.js'

// The collections that pages name, beside those of the table of fields.
export const places = ['customers', 'contacts', 'followups', 'contracts', 'orders', 'tickets', 'attachments',
	'consents', 'tasks', 'approvals', 'archives', 'imports', 'exports', 'duplicate_pairs', 'merges',
	'handovers', 'staff', 'departments', 'tags', 'industries', 'divisions', 'policies', 'calendar_days',
	'campaigns', 'audit_log', 'backups_log', '_superusers']

// What else is counted beside a customer.
const more = ['changes', 'import_rows', 'files']

// placeName says a collection in words; one that is not known keeps its name.
export const placeName = (session, name) => ([...places, ...more].includes(name) ? t(`place_${name}`)
	: session.fields.collection(name))
