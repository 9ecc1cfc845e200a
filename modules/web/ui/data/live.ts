// What others change appears by itself: one event stream per browser, held by the tab that has the
// lock, handed to the others over a BroadcastChannel.
import { loadRecord, recordSignal } from './records'

export interface Hint { seq: number; entity: string; id: string; version?: number; gone?: boolean }
type Listener = (hint: Hint) => void

const listeners = new Set<Listener>()
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('perigee-live') : null
let source: EventSource | null = null

export function onHint(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function deliver(hint: Hint): void {
  const known = recordSignal(hint.entity, hint.id)
  const shown = known.peek()
  if (shown && hint.gone) known.value = null
  else if (shown && hint.version !== undefined && shown.version < hint.version) void loadRecord(hint.entity, hint.id).catch(() => {})
  for (const listener of listeners) listener(hint)
}

function openStream(): void {
  source = new EventSource('/api/v1/live')
  const receive = (event: MessageEvent<string>): void => {
    const hint = JSON.parse(event.data) as Hint
    deliver(hint)
    channel?.postMessage(hint)
  }
  source.addEventListener('change', receive)
  source.addEventListener('message', receive)
}

/** Starts following; the first tab to get the lock holds the stream until it closes. */
export function startLive(): () => void {
  const closing = new AbortController()
  channel?.addEventListener('message', (event: MessageEvent<Hint>) => deliver(event.data), { signal: closing.signal })
  const hold = (): Promise<void> =>
    new Promise((release) => {
      openStream()
      closing.signal.addEventListener('abort', () => { source?.close(); source = null; release() })
    })
  if (navigator.locks) void navigator.locks.request('perigee-live', { signal: closing.signal }, hold).catch(() => {})
  else void hold()
  return () => closing.abort()
}
