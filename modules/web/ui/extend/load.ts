// Loading what fills a slot: the server says where an owner's files lie; each module is asked for once,
// and one that does not come in time is a failure and not a wait.
import { signal } from '@preact/signals'
import { get } from '../data/api'
import type { View } from '../data/types'

export interface Owner { name: string; label: string; base: string | null; stopped: boolean; problem?: string }
export interface Owners { owners: Owner[]; left_out: { name: string; problem: string }[] }

const WAIT_MS = 10000
let known: Promise<Owners> | null = null
const modules = new Map<string, Promise<Record<string, unknown>>>()

export interface Failure { owner: string; view: string; label: string; text: string }
/** What has gone wrong in this window, for administrators. */
export const failures = signal<Failure[]>([])

export function noteFailure(view: View, error: unknown): void {
  const failure = { owner: view.owner, view: view.name, label: view.label ?? view.name, text: error instanceof Error ? error.message : String(error) }
  if (failures.peek().some((item) => item.view === failure.view && item.text === failure.text)) return
  failures.value = [...failures.peek(), failure]
}

export function loadOwners(again = false): Promise<Owners> {
  if (!known || again) known = get<Owners>('ui')
  known.catch(() => { known = null })
  return known
}

export class Stopped extends Error {}

function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new Error(what)), WAIT_MS) })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function addressOf(view: View, file: string): Promise<string> {
  const owner = (await loadOwners()).owners.find((item) => item.name === view.owner)
  if (owner?.stopped) throw new Stopped(view.owner)
  if (!owner?.base) throw new Error(owner?.problem ?? `${view.owner}: ${file}`)
  return owner.base + encodeURIComponent(file)
}

/** What the module of the view exports under the name that the view says ("default" without one). */
export async function loadPart(view: View): Promise<unknown> {
  const address = await addressOf(view, view.file ?? '')
  let module = modules.get(address)
  if (!module) modules.set(address, (module = import(address) as Promise<Record<string, unknown>>))
  try {
    const part = (await inTime(module, `${view.file} did not load within ${WAIT_MS / 1000} s`))[view.part ?? 'default']
    if (part === undefined) throw new Error(`${view.file} exports no "${view.part ?? 'default'}"`)
    return part
  } catch (error) {
    modules.delete(address)
    throw error
  }
}

/** A sheet of the owner's, by the name of its file; what cannot be read is left out. */
export async function loadSheet(view: View, file: string): Promise<CSSStyleSheet> {
  const answer = await inTime(fetch(await addressOf(view, file)), file)
  if (!answer.ok) throw new Error(`${file}: HTTP ${answer.status}`)
  return new CSSStyleSheet().replace(await answer.text())
}

let own: Promise<CSSStyleSheet> | null = null
/** The kit's styles, for what stands in a shadow root. */
export function kitSheet(): Promise<CSSStyleSheet> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]')
  own ??= link ? fetch(link.href).then(async (answer) => new CSSStyleSheet().replace((await answer.text()).replace(/@font-face\s*\{[^}]*\}/g, ''))) : Promise.resolve(new CSSStyleSheet())
  own.catch(() => { own = null })
  return own
}
