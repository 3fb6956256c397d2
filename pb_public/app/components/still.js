// still keeps a form as it is while what it holds is on its way, so that what was sent is what stands there;
// afterwards the focus is at what was found wrong, or where it was.
export async function still(form, work) {
	const before = document.activeElement
	form.inert = true
	try {
		return await work()
	} finally {
		form.inert = false
		requestAnimationFrame(() => {
			if (!form.isConnected || document.activeElement !== document.body) return
			const to = form.querySelector('[aria-invalid=true]') ?? before
			to?.focus()
		})
	}
}
