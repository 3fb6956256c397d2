// Signing in with the company's identity provider: the page goes there and comes back to "/" with a
// code. What must be the same on both sides of the way waits in the tab.
const place = 'kehu.provider'
const back = () => `${location.origin}/`

// providers lists the identity providers that the register knows.
export async function providers(client) {
	const { oauth2 } = await client.collection('staff').listAuthMethods()
	return oauth2.enabled ? oauth2.providers : []
}

export function leaveFor({ name, state, codeVerifier, authURL }) {
	sessionStorage.setItem(place, JSON.stringify({ name, state, codeVerifier }))
	location.assign(authURL + encodeURIComponent(back()))
}

// returned completes the way back; null when nobody comes back, or not from where this tab went.
export async function returned(client) {
	const query = new URLSearchParams(location.search)
	const waiting = JSON.parse(sessionStorage.getItem(place) ?? 'null')
	if (!query.has('state')) return null
	sessionStorage.removeItem(place)
	history.replaceState(null, '', back())
	if (!waiting || query.get('state') !== waiting.state || !query.get('code')) return null
	return client.collection('staff').authWithOAuth2Code(waiting.name, query.get('code'),
		waiting.codeVerifier, back())
}
