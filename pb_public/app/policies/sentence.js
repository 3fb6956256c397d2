import { lang, t } from '../i18n.js'

const word = (one) => (lang.value === 'en' ? one.label_en : one.label)
const mostSaid = 6 // of a list of texts, in a sentence
const comma = () => (lang.value === 'en' ? ', ' : '、')

const optionOf = (shape, key) => {
	const found = shape.options?.find((one) => one.key === key)
	return found ? word(found) : key
}
const partOf = (shape, key) => shape.parts.find((part) => part.key === key)

// sentence says in words what a part of a policy holds.
export function sentence(shape, value) {
	if (shape.kind !== 'group') return single(shape, value)
	if (partOf(shape, 'input')) return condition(shape, value ?? {})
	if (partOf(shape, 'all')) return rule(shape, value ?? {})
	const said = shape.parts.map((part) => [word(part), sentence(part, value?.[part.key])])
		.filter(([, text]) => text).map(([label, text]) => `${label}${t('colon')}${text}`)
	return said.join(t('semicolon')) || t('rule_new')
}

function single(shape, value) {
	switch (shape.kind) {
	case 'choice':
		return value ? optionOf(shape, value) : ''
	case 'lines':
		return lines(value ?? [])
	case 'alternatives':
		return lines((value ?? []).map((line) => line.split('|')
			.map((key) => optionOf(shape, key)).join(t('rule_or'))))
	case 'choices':
		return (value ?? []).map((key) => optionOf(shape, key)).join(comma())
	case 'list':
		return (value ?? []).map((one) => sentence(shape.item, one)).join(comma())
	case 'switch':
		return value ? t('yes') : ''
	}
	return value ?? ''
}

// lines says texts.
function lines(texts) {
	const more = texts.length > mostSaid ? ` ${t('and_so_on', { n: texts.length })}` : ''
	return texts.slice(0, mostSaid).join(comma()) + more
}

function rule(shape, value) {
	if (!value.name && !value.tier) return t('rule_new')
	const conditions = ['all', 'any'].filter((key) => value[key]?.length).map((key) =>
		`${word(partOf(shape, key))}${t('colon')}${sentence(partOf(shape, key), value[key])}`)
	return `${optionOf(partOf(shape, 'tier'), value.tier)}${t('colon')}${conditions.join(t('semicolon'))}`
}

function condition(shape, { input, at_least: n, of, is }) {
	if (!input) return t('rule_new')
	const what = optionOf(partOf(shape, 'input'), input)
	if (is?.length) {
		const words = is.map((key) => optionOf(partOf(shape, 'is'), key)).join(t('rule_or'))
		return t('rule_is', { what, words })
	}
	return t(of ? 'rule_quarters' : 'rule_least', { what, n: n ?? '…', of })
}
