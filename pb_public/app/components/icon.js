import { html } from '../dom.js'

// Outlines of 24 × 24, drawn in the colour of the text.
const outlines = {
	search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 21 21',
	upload: 'M12 16V4M7 9l5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3',
	download: 'M12 4v12M7 11l5 5 5-5M4 19h16',
	plus: 'M12 5v14M5 12h14',
	close: 'M6 6l12 12M18 6 6 18',
	check: 'M5 12.5l4.5 4.5L19 7.5',
	warn: 'M12 4 2.8 20h18.4L12 4zM12 10v4.5M12 17.3v.2',
	info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 7.6v.2',
	undo: 'M8 5 4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3',
	edit: 'M4 20h4L19 9l-4-4L4 16v4z',
	back: 'M14 6l-6 6 6 6',
	next: 'M10 6l6 6-6 6',
	up: 'M7 14l5-5 5 5',
	down: 'M7 10l5 5 5-5',
	file: 'M6 3h8l4 4v14H6zM14 3v4h4',
	people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.6-4 3-6 6.5-6s5.9 2 6.5 6' +
		'M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.4c2 .8 3.2 2.7 3.5 5.6',
	eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z' +
		'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
	calendar: 'M4 6h16v14H4zM4 10.5h16M8.5 3v5M15.5 3v5',
	exit: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
}

export function Icon({ name, label }) {
	return html`<svg class="k-icon" viewBox="0 0 24 24" role=${label ? 'img' : undefined}
		aria-label=${label} aria-hidden=${label ? undefined : 'true'}><path d=${outlines[name]} /></svg>`
}
