// What a change of definitions would do to the data, asked before it is done.
import { get, request } from '../data/api'

export interface Step { step: string; subject: string; background: boolean; asks: boolean; rows?: number; seconds?: number; message?: string; records?: number; into?: string | null; /** What its records belong to is switched off. */ waits?: boolean; /** Where layers meet: what in force and what below says. */ key?: string; above?: unknown; below?: unknown }
export interface Plan { digest?: string; steps: Step[]; refused: number; asked: number; background: number; waiting?: string }
export interface Change { method: 'PUT' | 'DELETE'; path: string; body?: unknown; query?: Record<string, string>; title: string }

function address(change: Change, dry: boolean): string {
  const query = new URLSearchParams({ ...change.query, ...(dry ? { dry: '1' } : {}) }).toString()
  return query ? `${change.path}?${query}` : change.path
}
export async function carryOut(change: Change, dry: boolean): Promise<Plan> {
  return (await request<Plan>(change.method, address(change, dry), change.body === undefined ? {} : { body: change.body })).body
}

/** What becomes of something that is in the data: `drop` of "deal/Sales/Offer", "industry/trade" or "deal/Sales"; see sdk/doc/rest.md. */
export interface Wishes { drop?: string[]; move?: string[]; leave?: string[] }
export async function planWishes(wishes: Wishes): Promise<Plan> { return (await request<Plan>('POST', 'schema/plan', { body: wishes })).body }
/** With the digest of the plan that was shown: what has changed meanwhile is refused. */
export async function carryOutWishes(wishes: Wishes, { digest }: Plan): Promise<Plan> { return (await request<Plan>('POST', 'schema/apply', { body: { ...wishes, digest } })).body }

/** A step that goes on in the background; `detail` says what it does or why it has stopped. */
export interface Migration { id: string; step: string; subject: string; state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'; done: number; total: number; detail?: { changeset?: string; message?: string } }
const EVERY_MS = 400
/** Until the newest one of the subject has ended; null: nobody looks any more. */
export async function followMigration(subject: string, onStep: (now: Migration) => boolean): Promise<Migration | null> {
  for (;;) {
    const { migrations } = await get<{ migrations: Migration[] }>('schema/migrations')
    const now = migrations.find((one) => one.subject === subject)
    if (!now || (now.state !== 'queued' && now.state !== 'running')) return now ?? null
    if (!onStep(now)) return null
    await new Promise((next) => setTimeout(next, EVERY_MS))
  }
}
