// One door to the vendored libraries: pages import from here and nothing else.
import { h, render, Fragment } from '../vendor/preact.js'
import htm from '../vendor/htm.js'

export const html = htm.bind(h)
export { render, Fragment }
export { useEffect, useLayoutEffect, useRef, useId } from '../vendor/preact-hooks.js'
export { signal, computed, effect, batch, untracked, useSignal, useComputed, useSignalEffect }
	from '../vendor/signals.js'
