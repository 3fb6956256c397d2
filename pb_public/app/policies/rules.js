// The rules of tiers: a condition has the controls that its input makes use of, and a rule's code is
// given to it, not typed.

const partOf = (shape, key) => shape.parts?.find((part) => part.key === key)

export const isRule = (shape) => Boolean(partOf(shape, 'tier') && partOf(shape, 'key'))

const inputOf = (shape, value) => partOf(shape, 'input')?.options.find((one) => one.key === value?.input)

// fitting are the parts of a group that stand in the form. Of a condition these are the input and what
// belongs to it, with the words that it may be.
export function fitting(shape, value) {
	if (!partOf(shape, 'input')) return shape.parts
	const input = inputOf(shape, value)
	return shape.parts.filter(({ key }) => key === 'input' || input?.parts.includes(key)).map((part) =>
		(part.key === 'is' ? { ...part, options: input.words.map((word) =>
			part.options.find((one) => one.key === word)) } : part))
}

const quarters = 4 // that are looked at, until somebody says otherwise

// fitted is a condition without what its input makes no use of.
export function fitted(shape, value) {
	if (!partOf(shape, 'input')) return value
	const input = inputOf(shape, value)
	if (!input) return { input: value.input }
	const kept = Object.fromEntries(Object.entries(value).filter(([key]) => key === 'input' ||
		input.parts.includes(key)))
	if (kept.is) kept.is = kept.is.filter((word) => input.words.includes(word))
	if (input.parts.includes('of')) kept.of ??= quarters
	return kept
}

// ordered puts the rules of a higher tier first, as they are read, and gives each without one a code of
// its own: its tier's, with a number where that is taken.
export function ordered(shape, value) {
	if (shape.kind !== 'list' || !isRule(shape.item)) return value
	const taken = new Set((value ?? []).map(({ key }) => key))
	const tiers = partOf(shape.item, 'tier').options.map(({ key }) => key)
	return (value ?? []).toSorted((a, b) => tiers.indexOf(a.tier) - tiers.indexOf(b.tier)).map((rule) => {
		if (rule.key) return rule
		let key = rule.tier
		for (let n = 2; taken.has(key); n++) key = `${rule.tier}_${n}`
		taken.add(key)
		return { ...rule, key }
	})
}
