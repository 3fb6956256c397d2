// Which fields stand together, for the form and for the page of a customer. Labels, kinds and help
// come from the table of fields; a field that is named nowhere here stands in the last section.
const person = 'individual'
const organisation = 'organisation'

const sections = [
	['section_identity', ['kind', 'name', 'short_name', ['uscc', organisation],
		['legal_representative', organisation], ['ownership', organisation], 'industry',
		['headcount', organisation], ['revenue', organisation], ['founded', organisation],
		['registered_capital', organisation], ['legacy_reg_no', organisation], ['gender', person],
		['cert_type', person], ['cert_no', person], 'bank_account']],
	['section_contact', ['mobile', 'landline', 'email', 'business_address',
		['registered_address', organisation], 'division', 'macro_region']],
	['section_needs', ['stage', 'intention', 'purchase_cycle', 'budget', 'satisfaction', 'demand_types',
		'current_need', 'potential_need', 'pain_points', 'competitors', 'service_need', 'preferences']],
	['section_business', ['main_business', 'products', 'purchased', 'service_level', 'influence',
		'growth', 'first_deal', 'last_deal', 'total_amount', 'annual_amount', 'value_level', 'label',
		'tier_rule']],
	['section_file', ['owner', 'department', 'parent', 'channel', 'campaign', 'source_person',
		'paper_ref', 'tags', 'last_contact', 'verified']],
]

const elsewhere = ['number', 'status', 'tier', 'missing', 'originals', 'exceptions', 'stage_dates',
	'tier_reason', 'email_personal', 'relationship']

// layoutOf answers [title, fields] for a kind of customer, of the fields that wanted lets through.
export function layoutOf(session, kind, wanted) {
	const known = new Set(elsewhere)
	const placed = sections.map(([title, entries]) => [title, entries.flatMap((entry) => {
		const [key, only] = [entry].flat()
		known.add(key)
		const field = session.fields.find(`customers.${key}`)
		return field && fits(kind, only) && wanted(field) ? [field] : []
	})])
	const rest = session.fields.of('customers').filter((field) => !known.has(field.key))
		.map((field) => session.fields.find(`customers.${field.key}`)).filter(wanted)
	return [...placed, ['section_more', rest]].filter(([, fields]) => fields.length > 0)
}

function fits(kind, only) {
	return !only || (only === person) === (kind === person)
}
