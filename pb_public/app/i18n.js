import { signal } from './dom.js'
import { words as ofPages } from './words.js'
import { campaignWords } from './words_campaigns.js'
import { customerWords } from './words_customers.js'
import { systemWords } from './words_system.js'

const words = { ...ofPages, ...systemWords, ...campaignWords, ...customerWords }

const place = 'kehu.lang'

// lang is 'zh' or 'en'. Whatever reads it through t is drawn anew when it changes.
export const lang = signal(remembered())

function remembered() {
	try {
		return localStorage.getItem(place) === 'en' ? 'en' : 'zh'
	} catch {
		return 'zh' // storage is forbidden: Chinese first
	}
}

export function setLang(to) {
	lang.value = to
	try {
		localStorage.setItem(place, to)
	} catch {
		// it holds for this visit
	}
}

// t gives the words of a key in the language in use; {name} is filled from values.
export function t(key, values = {}) {
	const both = words[key]
	if (!both) return key
	const text = both[lang.value === 'en' ? 1 : 0]
	return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}

// locale is for the browser's own formatting of numbers and dates.
export const locale = () => (lang.value === 'en' ? 'en-GB' : 'zh-CN')
