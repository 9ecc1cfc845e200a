// What the person was told: how much was not read is known to the frame, the list is asked for when it is
// opened. Live hints of the person's own notifications ask again, a little later.
import { signal } from '@preact/signals'
import { get, request } from '../data/api'
import { onHint } from '../data/live'
import { own } from '../data/own'

export interface Told {
  id: string
  kind: string
  text: string | null
  at: string
  read_at: string | null
  actor: { id: string; title: string | null } | null
  about: { entity: string; id: string; title: string | null } | null
}
export interface TellPage { notifications: Told[]; next: string | null; unread: number }

const PAUSE_MS = 400
export const unread = signal(0)
/** Rises with each change. */
export const news = signal(0)

/** The kinds that the person does not want. */
export function unwanted(): string {
  const chosen = (own.value['notify'] ?? {}) as Record<string, boolean>
  return Object.entries(chosen).filter(([, on]) => on === false).map(([kind]) => kind).join(',')
}
export async function askTold(limit: number, after?: string | null): Promise<TellPage> {
  const page = await get<TellPage>('me/notifications', { limit, after: after ?? undefined, without: unwanted() })
  unread.value = page.unread
  return page
}
export async function markRead(ids?: string[]): Promise<void> {
  await request('POST', 'me/notifications/read', { body: ids ? { ids } : {} })
  news.value++
}

export function followTold(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const ask = (): void => { timer = undefined; news.value++; askTold(1).catch(() => {}) }
  ask()
  const stop = onHint((hint) => { if (!hint || hint.entity === 'notification') timer ??= setTimeout(ask, PAUSE_MS) })
  return () => { stop(); clearTimeout(timer) }
}
