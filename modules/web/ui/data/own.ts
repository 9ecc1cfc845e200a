// What the signed-in person has chosen, kept by the server for all their browsers: changes show at once
// and are sent a little later, merged there key by key. This browser's copy serves the first paint.
import { signal } from '@preact/signals'
import { csrf, get, request, view } from './api'

export interface Recent { entity: string; id: string; title: string }
export interface Own {
  theme?: string
  density?: string
  language?: string
  nav?: string
  recent?: Recent[]
  lists?: Record<string, { columns?: string; view?: string }>
  [key: string]: unknown
}
type Patch = { [key: string]: unknown }

const PAUSE_MS = 600
const LEFT = 'perigee.unsent' // in the session's storage: what was chosen just before the page went, until the next has it
export const own = signal<Own>({})
let unsent: Patch = {}
let onWay: Patch = {}
let flying = 0
let timer: ReturnType<typeof setTimeout> | undefined

const isObject = (value: unknown): value is Patch => typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7396; with `keepNull` what is taken away stays as null, for a patch that grows. */
function merge(target: Patch, patch: Patch, keepNull = false): Patch {
  const result: Patch = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key]
    if (value === null && !keepNull) delete result[key]
    else result[key] = isObject(value) ? merge(isObject(before) ? before : {}, value, keepNull) : value
  }
  return result
}

export async function loadOwn(): Promise<void> {
  const left = JSON.parse(sessionStorage.getItem(LEFT) ?? '{}') as Patch
  sessionStorage.removeItem(LEFT)
  unsent = {}
  own.value = await get<Own>('me/settings')
  if (Object.keys(left).length) keepOwn(left) // the last page's word may be on its way still: said twice it is the same
}

export function forgetOwn(): void {
  void send()
  sessionStorage.removeItem(LEFT)
  own.value = {}
}

/** Keeps what the person chose; null takes a key away. */
export function keepOwn(patch: Patch): void {
  own.value = merge(own.peek(), patch) as Own
  unsent = merge(unsent, patch, true)
  clearTimeout(timer)
  timer = setTimeout(() => void send(), PAUSE_MS)
}

async function send(): Promise<void> {
  clearTimeout(timer)
  if (Object.keys(unsent).length === 0 || !csrf.value || view) return
  const sending = unsent
  unsent = {}
  onWay = merge(onWay, sending, true)
  flying++
  try { await request('PATCH', 'me/settings', { body: sending, keepalive: true }) } catch { unsent = merge(sending, unsent, true) }
  if (--flying === 0) onWay = {}
}

addEventListener('pagehide', () => {
  const last = merge(onWay, unsent, true)
  if (Object.keys(last).length && csrf.value && !view) sessionStorage.setItem(LEFT, JSON.stringify(last))
  void send()
})
