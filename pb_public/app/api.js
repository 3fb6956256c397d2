import { ClientResponseError } from '../vendor/pocketbase.js'
import { t } from './i18n.js'

// Refusal is any request that did not succeed: status (0: no answer), message for people, and
// data with codes and messages by field.
export class Refusal extends Error {
	constructor(status, message, data = {}) {
		super(message)
		this.status = status
		this.data = data
	}

	get code() {
		return this.data.code
	}
}

// createApi wraps a PocketBase client. expired is called when the sign-in is over.
export function createApi(client, expired) {
	const refused = (error) => {
		const refusal = asRefusal(error)
		if (refusal.status === 401) expired()
		return refusal
	}
	const send = async (path, options) => {
		try {
			return await client.send(path, options)
		} catch (error) {
			throw refused(error)
		}
	}
	// raw is for what is no JSON: files and streams.
	const raw = async (path, options = {}) => {
		let response
		try {
			response = await fetch(client.buildURL(path), { ...options, headers: {
				Authorization: client.authStore.token, 'Accept-Language': client.lang } })
		} catch (error) {
			if (error.name === 'AbortError') throw error
			throw refused(error)
		}
		if (!response.ok) {
			const body = await response.json().catch(() => ({}))
			throw refused({ status: response.status, response: body })
		}
		return response
	}
	const records = (collection, id = '') =>
		`/api/collections/${collection}/records${id && `/${encodeURIComponent(id)}`}`
	return {
		get: (path, query) => send(path, { method: 'GET', query }),
		post: (path, body) => send(path, { method: 'POST', body }),
		text: (path, body) => send(path, { method: 'POST', body, headers: { 'Content-Type': 'text/plain' } }),
		patch: (path, body) => send(path, { method: 'PATCH', body }),
		list: (collection, query) => send(records(collection), { method: 'GET', query }),
		one: (collection, id, query) => send(records(collection, id), { method: 'GET', query }),
		batch: (requests) => send('/api/batch', { method: 'POST', body: { requests } }),
		records,
		file: async (path) => {
			const response = await raw(path)
			return { blob: await response.blob(), name: fileName(response) }
		},
		events: (path, signal) => events(raw, path, signal),
	}
}

function asRefusal(error) {
	const body = error instanceof ClientResponseError ? error.response : error.response ?? {}
	const failed = firstFailed(body)
	if (failed) return new Refusal(failed.status, failed.message, { ...failed.data, at: failed.at })
	const status = error.status ?? 0
	const message = status ? body.message || t('failed', { status }) : t('offline')
	return new Refusal(status, message, body.data)
}

// firstFailed finds the refused request of a batch; at is its place in it.
function firstFailed(body) {
	const requests = body.data?.requests ?? {}
	const at = Object.keys(requests).find((key) => requests[key].response)
	return at === undefined ? null : { ...requests[at].response, at: Number(at) }
}

function fileName(response) {
	const header = response.headers.get('Content-Disposition') ?? ''
	const encoded = header.match(/filename\*=(?:utf-8|UTF-8)''([^;]+)/)
	return encoded ? decodeURIComponent(encoded[1]) : header.match(/filename="?([^";]+)/)?.[1]
}

// events yields the messages of a server-sent stream. EventSource cannot carry the token.
async function* events(raw, path, signal) {
	const response = await raw(path, { signal })
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
	let text = ''
	for (;;) {
		const { value, done } = await reader.read()
		if (done) return
		text += value
		const messages = text.split('\n\n')
		text = messages.pop()
		for (const message of messages) {
			if (message.startsWith('data: ')) yield JSON.parse(message.slice(6))
		}
	}
}

// keep hands a file to the person.
export function keep({ blob, name }) {
	const url = URL.createObjectURL(blob)
	const link = document.createElement('a')
	link.href = url
	link.download = name
	link.click()
	setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
