// What the admin UI may keep in the browser: who is signed in, and how somebody likes its look.
// Everything else it would keep holds data in plain: drafts of records, searches, SQL, settings.
const kept = [/^__pb_superusers__/, /^pbLastFileToken$/, /^pbColorScheme$/, /^pbColumns_/,
	/^pbPageSidebarWidth$/, /^pbPinnedCollections$/, /^pbLastActiveCollection$/,
	/^pbLastRecordFilePickerCollection$/, /^pbLogSuperuserRequests$/, /^kehu\./]

export const mayKeep = (key) => kept.some((pattern) => pattern.test(key))

// guardStorage drops every other entry, those of earlier visits too.
export function guardStorage() {
	const { setItem } = Storage.prototype
	Storage.prototype.setItem = function (key, value) {
		if (mayKeep(key)) setItem.call(this, key, value)
	}
	for (const key of Object.keys(localStorage)) {
		if (!mayKeep(key)) localStorage.removeItem(key)
	}
}
