import { Fragment, html, render } from './dom.js'
import { Toasts } from './components/toast.js'

// page turns a component into what a page module exports: mount(element, session, params) draws it
// and answers the function that takes it away. The staff app and the admin UI mount the same ones.
export function page(Component) {
	return (element, session, params = {}) => {
		element.classList.add('kehu')
		render(html`<${Fragment}>
			<${Component} session=${session} params=${params} />
			<${Toasts} />
		<//>`, element)
		return () => render(null, element)
	}
}
