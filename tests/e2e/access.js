// What a page under test lacks for people who work by keyboard, with a screen reader, or see little:
// controls without a name, texts that stand out too little, numbers that are not under each other, heads
// of tables that do not stay. Answers a list of findings.
(() => {
	const found = []
	const say = (what, one) => found.push(`${what}: ${one.outerHTML.slice(0, 140)}`)
	const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
	const box = document.querySelector('dialog[open]') ?? document
	for (const one of box.querySelectorAll('.kehu :is(input, select, textarea):not([type=hidden], [aria-hidden=true])')) {
		if (!seen(one) && !one.classList.contains('k-hidden')) continue
		const named = [...one.labels ?? []].some((label) => label.textContent.trim()) ||
			one.getAttribute('aria-label') || one.title
		if (!named) say('no label', one)
	}
	for (const one of box.querySelectorAll('.kehu :is(button, a[href])')) {
		if (seen(one) && !(one.textContent.trim() || one.getAttribute('aria-label'))) say('no name', one)
	}
	for (const one of box.querySelectorAll('.kehu :is(div, span, td, li)')) {
		if (one.onclick && !one.closest('button, a, label') && one.tabIndex < 0) say('only a mouse reaches', one)
	}
	const canvas = document.createElement('canvas')
	canvas.width = canvas.height = 1
	const pen = canvas.getContext('2d', { willReadFrequently: true })
	const rgba = (colour) => {
		pen.clearRect(0, 0, 1, 1)
		pen.fillStyle = colour
		pen.fillRect(0, 0, 1, 1)
		const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data
		return [r, g, b, a / 255]
	}
	const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a))
	const ground = (one) => {
		const layers = []
		for (let at = one; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor))
		const dark = getComputedStyle(one).colorScheme.includes('dark') && matchMedia('(prefers-color-scheme: dark)').matches
		return layers.reduceRight((under, layer) => over(layer, under), dark ? [18, 18, 18] : [255, 255, 255])
	}
	const light = (colour) => {
		const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const texts = new Set()
	const walk = document.createTreeWalker(box === document ? document.body : box, NodeFilter.SHOW_TEXT)
	while (walk.nextNode()) {
		const one = walk.currentNode.parentElement
		if (!walk.currentNode.data.trim() || texts.has(one) || !one.closest('.kehu') || !seen(one)) continue
		texts.add(one)
		if (one.closest('option, :disabled, [aria-busy=true] tbody, svg, .k-skip')) continue
		const style = getComputedStyle(one)
		const behind = ground(one)
		const [a, b] = [light(over(rgba(style.color), behind)), light(behind)].sort((x, y) => y - x)
		const ratio = (a + 0.05) / (b + 0.05)
		const size = parseFloat(style.fontSize)
		const large = size >= 24 || size >= 18.6 && Number(style.fontWeight) >= 700
		if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, one)
	}
	for (const head of box.querySelectorAll('.kehu table.k-table')) {
		if (!seen(head)) continue
		const cell = head.tHead?.rows[0]?.cells[0]
		if (cell && getComputedStyle(cell).position !== 'sticky') say('the head does not stay', cell)
		if (!head.caption && !head.getAttribute('aria-label')) say('no caption', head)
		for (const row of head.tBodies[0]?.rows ?? []) {
			for (const one of row.cells) {
				if (/^[¥￥]?-?[\d,]+(\.\d+)?%?$/.test(one.textContent.trim()) && getComputedStyle(one).textAlign !== 'right' &&
					one.textContent.trim().length < 9) say('a number at the left', one)
			}
		}
	}
	return JSON.stringify([...new Set(found)])
})()
