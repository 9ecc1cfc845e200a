// Demonstration data by one click, and gone by one: a job makes it, the undo of its changeset takes it out.
// What own records refer to stays, and is named.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { get, Problem, request } from '../data/api'
import { followJob } from '../data/jobs'
import { entity as findEntity, loadMeta, meta } from '../data/session'
import type { RecordData } from '../data/types'
import { say, sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { titleOf } from '../pages/columns'
import { tf } from './firstTexts'

const NAMED_MAX = 12
const CONFLICTS_SHOWN = 1000
interface Kept { entity: string; id: string; title: string }
interface Conflict { entity: string; id: string }
interface Undone { conflicts?: Conflict[]; job?: string }
export interface Demo { changeset: string | null; busy: boolean; kept: { count: number; named: Kept[] } | null; make: () => void; remove: () => void; close: () => void }

/** The living records that an undo has left as they are, the first few with their titles. */
async function named(conflicts: Conflict[]): Promise<Demo['kept']> {
  const ids = [...new Map(conflicts.map((one) => [`${one.entity}/${one.id}`, one])).values()]
  const titles = await Promise.all(ids.slice(0, NAMED_MAX).map(async ({ entity, id }): Promise<Kept[]> => {
    const of = findEntity(entity)
    if (!of || of.child_of) return []
    const record = await get<RecordData>(`records/${entity}/${id}`).catch(() => null)
    return record && !record['deleted_at'] ? [{ entity, id, title: titleOf(of, record) }] : []
  }))
  return { count: ids.length, named: titles.flat() }
}

async function takeOut(changeset: string): Promise<Conflict[]> {
  try {
    const { body, status } = await request<Undone>('POST', `changesets/${changeset}/undo`, { body: {} })
    const done = status === 202 && body.job ? ((await followJob(body.job, tf('demo_removing'))) as Undone) : body
    return done.conflicts ?? []
  } catch (error) {
    if (error instanceof Problem && error.status === 409) return [] // taken back before, by the log
    throw error
  }
}

export function useDemo(): Demo | null {
  const [changeset, setChangeset] = useState<string | null | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const [kept, setKept] = useState<Demo['kept']>(null)
  const mayAsk = meta.value?.user.admin === true
  const load = async (): Promise<void> => setChangeset((await get<{ changeset: string | null }>('demo')).changeset)
  useEffect(() => { if (mayAsk) load().catch(() => {}) }, [mayAsk])
  if (changeset === undefined) return null
  const during = (work: () => Promise<void>) => (): void => {
    if (busy) return
    setBusy(true)
    work().then(loadMeta).catch(sayProblem).then(load).catch(sayProblem).then(() => setBusy(false))
  }
  return {
    changeset, busy, kept, close: () => setKept(null),
    make: during(async () => {
      const { body } = await request<{ job: string }>('POST', 'demo', { body: {} })
      await followJob(body.job, tf('demo_making'))
      say(tf('demo_made'))
    }),
    remove: during(async () => {
      if (!changeset) return
      const conflicts = (await takeOut(changeset)).slice(0, CONFLICTS_SHOWN)
      await request('DELETE', 'demo')
      if (conflicts.length) setKept(await named(conflicts))
      else say(tf('demo_removed'))
    }),
  }
}

export function DemoNote({ demo }: { demo: Demo }) {
  if (!demo.changeset && !demo.kept) return null
  return (
    <section class="home-section demo-note" aria-labelledby="demo-note">
      <h2 id="demo-note"><span class="grow">{tf(demo.kept ? 'demo_kept' : 'demo')}</span>
        {demo.kept
          ? <Button look="quiet" onClick={demo.close}>{tf('hide')}</Button>
          : <Button onClick={demo.remove} disabled={demo.busy}>{tf(demo.busy ? 'demo_removing' : 'demo_remove')}</Button>}</h2>
      <p class="home-lines">{demo.kept ? tf('demo_kept_text', { count: demo.kept.count }) : tf('demo_text')}</p>
      {demo.kept && demo.kept.named.length > 0 && <ul>{demo.kept.named.map((one) => <li key={one.id}><Link href={`/${one.entity}/${one.id}`}>{one.title}</Link> <span class="hint">{findEntity(one.entity)?.label}</span></li>)}</ul>}
    </section>
  )
}
