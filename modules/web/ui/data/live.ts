// What others change appears by itself: one event stream per browser, held by the tab that has the
// lock, handed to the others over a BroadcastChannel. A tab that takes over goes on where it ended.
import { online } from './api'
import { loadRecord, recordSignal } from './records'

export interface Hint { seq: number; entity: string; id: string; version?: number; gone?: boolean }
/** `resync`: too much was missed, ask again for what is shown. */
export type LiveMessage = Hint | { resync: true }
type Listener = (hint: Hint | null) => void

const listeners = new Set<Listener>()
let lastSeq = -1

/** Calls back for each hint, with null when everything may have changed. */
export function onHint(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function deliver(message: LiveMessage): void {
  if ('resync' in message) { for (const listener of listeners) listener(null); return }
  lastSeq = Math.max(lastSeq, message.seq)
  const known = recordSignal(message.entity, message.id)
  const shown = known.peek()
  if (shown && message.gone) known.value = null
  else if (shown && message.version !== undefined && shown.version < message.version) void loadRecord(message.entity, message.id).catch(() => {})
  for (const listener of listeners) listener(message)
}

function openStream(channel: BroadcastChannel | null): EventSource {
  const source = new EventSource(lastSeq >= 0 ? `/api/v1/live?after=${lastSeq}` : '/api/v1/live')
  const tell = (message: LiveMessage): void => { deliver(message); channel?.postMessage(message) }
  const receive = (event: MessageEvent<string>): void => tell(JSON.parse(event.data) as Hint)
  source.addEventListener('change', receive)
  source.addEventListener('resync', () => tell({ resync: true }))
  source.addEventListener('error', () => { if (source.readyState !== EventSource.OPEN) online.value = navigator.onLine && source.readyState === EventSource.CONNECTING ? online.value : false })
  return source
}

/** Starts following; the first tab to get the lock holds the stream until it closes. */
export function startLive(): () => void {
  const closing = new AbortController()
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('perigee-live') : null
  channel?.addEventListener('message', (event: MessageEvent<LiveMessage>) => deliver(event.data))
  /** `after`: what another tab held before; where no hint of it came here, what fell between is not known. */
  const hold = (after: boolean): Promise<void> =>
    new Promise((release) => {
      let source = openStream(channel)
      if (after && lastSeq < 0) source.addEventListener('open', () => { deliver({ resync: true }); channel?.postMessage({ resync: true }) }, { once: true })
      document.documentElement.dataset['live'] = 'leader'
      const again = online.subscribe((up) => {
        if (!up || source.readyState !== EventSource.CLOSED) return
        source = openStream(channel)
        deliver({ resync: true })
        channel?.postMessage({ resync: true })
      })
      closing.signal.addEventListener('abort', () => { again(); source.close(); delete document.documentElement.dataset['live']; release() })
    })
  const take = async (): Promise<void> => {
    const isFirst = await navigator.locks.request('perigee-live', { ifAvailable: true }, (lock) => (lock && !closing.signal.aborted ? hold(false).then(() => true) : false))
    if (!isFirst) await navigator.locks.request('perigee-live', { signal: closing.signal }, () => hold(true))
  }
  if (navigator.locks) take().catch(() => {})
  else void hold(false)
  return () => { closing.abort(); channel?.close() }
}
