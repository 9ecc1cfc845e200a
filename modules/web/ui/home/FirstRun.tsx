// From an empty database to the first record in a pipeline: what an administrator has still to do, ticked by
// what there is and not by clicks; put away by a click, and by itself once work has begun.
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { Check, X } from 'lucide-preact'
import { get } from '../data/api'
import { onHint } from '../data/live'
import { keepOwn, own } from '../data/own'
import { lists, may, meta } from '../data/session'
import type { Entity, Page } from '../data/types'
import { Button } from '../kit/Button'
import { DemoNote, useDemo } from './Demo'
import { tf } from './firstTexts'

const BEGUN = 10
const PAUSE_MS = 800
interface Kept { hidden?: boolean; pipelines?: boolean }
interface Facts { people: number; contacts: number; deals: number }
interface Step { id: 'company' | 'people' | 'contacts' | 'pipelines' | 'deal'; done: boolean; path: string; seen?: () => void }

const kept = (): Kept => (own.value['first_run'] ?? {}) as Kept
const howMany = async (entity: string | undefined, where?: string): Promise<number> =>
  entity ? (await get<Page>(`records/${entity}`, { fields: 'id', limit: BEGUN, where })).records.length : 0

function useFacts(contacts: Entity | undefined, deals: Entity | undefined): Facts | null {
  const [facts, setFacts] = useState<Facts | null>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = (): void => {
      timer = undefined
      Promise.all([howMany('user', "login ~= 'system'"), howMany(contacts?.name), howMany(deals?.name)]).then(([people, known, made]) => setFacts({ people, contacts: known, deals: made })).catch(() => {})
    }
    ask()
    const stop = onHint(() => { timer ??= setTimeout(ask, PAUSE_MS) })
    return () => { stop(); clearTimeout(timer) }
  }, [])
  return facts
}

export function FirstRun() {
  const [, navigate] = useLocation()
  const deals = lists.value.find((entity) => entity.pipeline && entity.can.create)
  const contacts = lists.value.find((entity) => entity.name === 'contact' && entity.can.create)
  const facts = useFacts(contacts, deals)
  const demo = useDemo()
  const note = demo && <DemoNote demo={demo} />
  if (!facts || !deals || kept().hidden || facts.deals >= BEGUN) return note
  const steps: Step[] = [
    { id: 'company', done: !!meta.value?.company.name, path: '/admin/company' },
    { id: 'people', done: facts.people > 1, path: '/admin/users' },
    ...(contacts && may('import') ? [{ id: 'contacts' as const, done: facts.contacts > 0, path: `/${contacts.name}/import` }] : []),
    { id: 'pipelines', done: kept().pipelines === true, path: '/admin/pipelines', seen: () => keepOwn({ first_run: { pipelines: true } }) },
    { id: 'deal', done: facts.deals > 0, path: `/${deals.name}/new` },
  ]
  const done = steps.filter((step) => step.done).length
  return (
    <>{note}
    <section class="home-section first-run" aria-labelledby="first-run">
      <h2 id="first-run"><span class="grow">{tf(done === steps.length ? 'all_done' : 'title')}</span><span class="home-count">{tf('of', { done, all: steps.length })}</span>
        <Button look="quiet" icon aria-label={tf('hide')} title={tf('hide')} onClick={() => keepOwn({ first_run: { hidden: true } })}><X size={14} aria-hidden="true" /></Button></h2>
      <ol>{steps.map((step) => (
        <li key={step.id} data-step={step.id} data-done={step.done ? 'true' : undefined}>
          <span class="first-mark" aria-hidden="true">{step.done && <Check size={13} />}</span>
          <span class="grow"><strong>{tf(step.id, { what: step.id === 'deal' ? deals.label : '' })}{step.done && <span class="visually-hidden"> ({tf('done')})</span>}</strong><span class="home-lines">{tf(`${step.id}_text`)}</span></span>
          <Button look={step.done ? 'quiet' : 'plain'} aria-label={`${tf('go')}: ${tf(step.id, { what: deals.label })}`} onClick={() => { step.seen?.(); navigate(step.path) }}>{tf('go')}</Button>
        </li>
      ))}</ol>
      {demo && !demo.changeset && facts.deals === 0 && <div class="first-demo"><span class="grow"><strong>{tf('demo_offer')}</strong><span class="home-lines">{tf('demo_offer_text')}</span></span>
        <Button onClick={demo.make} disabled={demo.busy}>{tf(demo.busy ? 'demo_making' : 'demo_make')}</Button></div>}
    </section></>
  )
}
