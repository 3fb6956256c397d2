import { lang } from '/app/i18n.js'
import { labels, names, options } from './labels.js'
import { patterns, words } from './zh.js'

const texts = ['textContent', 'placeholder', 'html-data-placeholder', 'title', 'ariaLabel', 'alt',
	'html-data-name']
const raw = ['td', 'pre', 'code', 'option', 'textarea'] // their own text is data

// A context says how the text of an element is to be read:
// ui      words of the interface
// records words of the interface, and the keys of a collection's fields
// input   words of the interface where they are literal; what a function answers is the record's
// select  the other way round: literal is an option, a function answers words
// data    the record's, never translated
const uncounted = '1,000+' // a total beyond which the server does not count
const ui = { kind: 'ui' }
const data = { kind: 'data' }

// speak wraps the factory by which all of the admin UI's elements are made. What is written in its
// source becomes Chinese; a value of a record stays what it is, also where it reads like a word of
// the interface: each element remembers in which context it was made.
export function speak(member, english) {
	const { app } = window
	const plain = window.t
	let here = ui

	const within = (context, work) => function (...args) {
		const before = here
		here = context
		try {
			return work.apply(this, args)
		} finally {
			here = before
		}
	}

	const fieldLabel = (collection, name) => {
		if (member.known.version < 0) return name
		const field = member.session.fields.find(`${collection}.${name}`)
		if (field && field.collection === collection) return english ? field.en : field.zh
		return english ? name : labels[name] ?? name
	}
	const optionLabel = (collection, name, key) => {
		const field = member.session.fields.find(`${collection}.${name}`)
		const listed = field?.collection === collection && member.session.fields.option(`${collection}.${name}`, key)
		if (listed && listed !== key) return listed
		return english ? key : options[`${name}.${key}`] ?? options[key] ?? key
	}
	const collectionLabel = (name) => {
		if (english) return name
		const known = member.known.version >= 0 && member.session.fields.collection(name)
		return known && known !== name ? known : names[name] ?? name
	}

	const word = (text) => {
		const key = text.trim()
		if (!key) return text
		if (Object.hasOwn(words, key)) return words[key]
		for (const [pattern, chinese] of patterns) {
			if (pattern.test(key)) return key.replace(pattern, chinese)
		}
		return text
	}
	const isCollection = (text) => app.store.collections.some((one) => one.name === text)
	const inUI = (text) => {
		if (isCollection(text)) return collectionLabel(text)
		return english ? text : word(text)
	}
	const isField = (collection, text) => collection?.fields?.some((field) => field.name === text)

	// translate reads a text in its context; literal tells whether it stood in the source as it is.
	const translate = (text, context, literal) => {
		switch (context.kind) {
			case 'data':
				return text
			case 'records': {
				const collection = context.collection()
				return isField(collection, text) ? fieldLabel(collection.name, text) : inUI(text)
			}
			case 'input':
				if (text === context.field().name) return fieldLabel(context.collection()?.name, text)
				return literal ? inUI(text) : text
			case 'select':
				return literal ? text : inUI(text)
		}
		return inUI(text)
	}

	const read = (child, context, literal) => {
		if (typeof child === 'string') return translate(child, context, literal)
		if (child === -1 && context === ui) return uncounted
		if (Array.isArray(child)) return child.map((one) => read(one, context, literal))
		if (typeof child !== 'function') return child
		const drawn = within(context, child)
		return function (...args) {
			return read(drawn.apply(this, args), context, false)
		}
	}

	// The mirror of a text area is the value that is being typed.
	const isData = (tag, props) => raw.includes(tag) || props?.className === 'input'

	window.t = new Proxy({}, { get: (_, tag) => function (props, ...children) {
		const context = isData(tag, props) && here.kind !== 'select' ? data : here
		if (props && typeof props === 'object' && !(props instanceof Node)) {
			for (const key of texts) {
				const given = Object.getOwnPropertyDescriptor(props, key)
				if (!given?.writable) continue
				// a hint is the interface's, also on an input
				const own = here.kind === 'select' || key.endsWith('placeholder') && here.kind !== 'data' ? ui : here
				props[key] = read(given.value, own, true)
			}
		}
		const inside = context === data && here !== data ? here : context
		return plain[tag](props, ...children.map((child) => (typeof child === 'function'
			? readInto(child, inside, context) : read(child, context, true))))
	} })
	// readInto draws in one context and reads the text that comes out directly in another: the cells
	// of a table are data, the elements in them need not be.
	const readInto = (child, inside, context) => {
		const drawn = within(inside, child)
		return function (...args) {
			return read(drawn.apply(this, args), context, false)
		}
	}

	wrap(app.attrs, 'tooltip', (tooltip) => (text, ...rest) => tooltip(here.kind === 'data' ? text
		: read(text, here.kind === 'input' || here.kind === 'select' ? ui : here, true), ...rest))
	wrap(app.components, 'copyButton', (copy) => within(ui, copy))
	for (const kind of ['info', 'success', 'error']) {
		wrap(app.toasts, kind, (show) => (text, ...rest) => show(read(text, ui, true), ...rest))
	}
	wrap(app.modals, 'confirm', (confirm) => (text, ...rest) => confirm(read(text, ui, true), ...rest))
	window.watch(() => {
		if (typeof app.store.title !== 'string') return
		const said = inUI(app.store.title)
		if (said !== app.store.title) app.store.title = said
	})
	return { ui, data, within, here: () => here, fieldLabel, optionLabel, collectionLabel,
		english: () => lang.value === 'en' }
}

export function wrap(object, name, make) {
	const before = object[name]
	if (typeof before !== 'function') throw new Error(`the admin UI has no ${name}`)
	object[name] = make(before.bind(object))
}
