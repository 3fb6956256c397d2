import { signal } from '../dom.js'
import { complain } from '../components/toast.js'

const again = 1000 // milliseconds until a broken stream is asked for anew
const moving = ['previewing', 'running']

// createImport is the state of one import: what the server says of it, how far it is, and what a
// person may do with it.
export function createImport(session, id) {
	const { api } = session
	const path = `/api/kehu/imports/${id}`
	const job = { id, state: signal({}), progress: signal(null), busy: signal(false), starting: signal(false),
		undone: signal(null) }
	const leave = new AbortController()
	let last = Promise.resolve()
	let refused = false // the newest change was
	const take = (state) => {
		job.state.value = state
		if (moving.includes(state.state)) watch()
	}
	// act runs one after the other: each answers the state that the next builds on.
	const act = (what) => {
		job.busy.value = true
		last = last.then(what).catch(complain).finally(() => {
			job.busy.value = false
		})
		return last
	}
	// starting takes its place behind what is being changed, unless that is refused, and is asked for once.
	const starting = async (what) => {
		if (job.starting.value) return
		job.starting.value = true
		const behind = job.busy.value
		await act(() => (behind && refused ? null : what()))
		job.starting.value = false
	}
	const watch = async () => {
		while (!leave.signal.aborted && moving.includes(job.state.value.state)) {
			try {
				for await (const progress of api.events(`${path}/events`, leave.signal)) {
					job.progress.value = progress
				}
				job.state.value = await api.get(path)
			} catch (error) {
				if (leave.signal.aborted || error.status === 401) return
				await new Promise((resolve) => setTimeout(resolve, again))
			}
		}
	}
	const change = async (changes) => {
		refused = true
		take(await api.patch(path, changes))
		refused = false
	}
	return Object.assign(job, {
		read: async () => take(await api.get(path)),
		stop: () => leave.abort(),
		change: (changes) => act(() => change(changes)),
		start: (dry) => starting(async () => {
			const options = job.state.value.options ?? {}
			if (Boolean(options.dry_run) !== dry) await change({ options: { ...options, dry_run: dry } })
			const { state } = await api.post(`${path}/start`)
			job.progress.value = null
			take({ ...job.state.value, state })
		}),
		cancel: () => act(async () => {
			await api.post(`${path}/cancel`)
			if (job.state.value.state === 'ready') session.go('import')
		}),
		undo: () => act(async () => {
			job.undone.value = await api.post(`${path}/undo`)
			take(await api.get(path))
		}),
		mend: (row, body) => api.patch(`${path}/rows/${row}`, body),
		errors: () => api.file(`${path}/errors.xlsx`),
	})
}
