// Definitions that one administrator has changed and another one has to look at: what each would do now.
import { useEffect, useState } from 'preact/hooks'
import { useSearch } from 'wouter-preact'
import { get, request } from '../data/api'
import { loadMeta, meta } from '../data/session'
import { say, sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { Tag } from '../kit/Tag'
import { t } from '../locale/i18n'
import type { Plan } from './plan'
import { Steps } from './Steps'
import { ta } from './texts'

interface Change {
  id: string; state: 'waiting' | 'approved' | 'refused'; author: string | null; at: string; note: string
  decided_by: string | null; decided_at: string | null; reason: string
  definitions: { kind: string; name: string; note: string }[]
  plan?: Plan & { digest: string }
  message?: string
}
const tints: Record<Change['state'], string> = { waiting: 'amber', approved: 'green', refused: 'red' }

export function Waiting() {
  const [changes, setChanges] = useState<Change[] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const [names, setNames] = useState<Record<string, string>>({})
  const load = async (after?: string): Promise<void> => {
    try {
      const answer = await get<{ changes: Change[]; next: string | null }>('schema/changes', after ? { after } : {})
      const found = answer.changes
      const ids = [...new Set(found.flatMap((change) => [change.author, change.decided_by]).filter((id) => id !== null))]
      const people = ids.length ? (await get<{ records: { id: string; name: string }[] }>('records/user', { where: `one_of(id, ${ids.map((id) => `'${id}'`).join(', ')})`, fields: 'id,name', limit: 200 })).records : []
      setNames((before) => ({ ...before, ...Object.fromEntries(people.map((person) => [person.id, person.name])) }))
      setChanges((before) => after ? [...(before ?? []), ...found.filter((one) => !before?.some((shown) => shown.id === one.id))] : found)
      setNext(answer.next)
    } catch (error) { sayProblem(error) }
  }
  useEffect(() => { void load() }, [])
  const wanted = new URLSearchParams(useSearch()).get('change')
  const isShown = changes?.some((change) => change.id === wanted) ?? false
  useEffect(() => { if (isShown) document.getElementById(`change-${wanted}`)?.focus() }, [isShown, wanted])
  useEffect(() => { if (changes && wanted && !isShown) { if (next) void load(next); else say(ta('change_gone')) } }, [changes, wanted])
  const decide = async (change: Change, approves: boolean, reason: string): Promise<void> => {
    try {
      await request('POST', `schema/changes/${change.id}/${approves ? 'approve' : 'refuse'}`, { body: approves ? { digest: change.plan?.digest } : { reason } })
      say(ta(approves ? 'change_approved' : 'change_refused'))
      await Promise.all([load(), loadMeta()])
    } catch (error) { sayProblem(error); await load() }
  }
  if (!changes) return null
  if (changes.length === 0) return <Empty icon="inbox" text={ta('waiting_none')} />
  return <>{changes.map((change) => <Card key={change.id} wanted={change.id === wanted} change={change} names={names} onDecide={decide} />)}{next !== null && <Button look="quiet" onClick={() => { void load(next) }}>{t('load_more')}</Button>}</>
}

function Card({ change, wanted, names, onDecide }: { change: Change; wanted: boolean; names: Record<string, string>; onDecide: (change: Change, approves: boolean, reason: string) => Promise<void> }) {
  const [reason, setReason] = useState('')
  const person = (id: string | null): string => names[id ?? ''] ?? ''
  const own = change.author === meta.value?.user.id
  return (
    <section class="waiting-change" id={`change-${change.id}`} tabIndex={wanted ? -1 : undefined} aria-current={wanted ? 'true' : undefined} aria-label={change.definitions.map((item) => item.name).join(', ')}>
      <h2>{change.definitions.map((item) => item.name).join(', ')} <Tag text={ta(`change_${change.state}`)} color={tints[change.state]} /></h2>
      <p class="hint">{[person(change.author), formatTime(change.at), change.note].filter(Boolean).join(' · ')}</p>
      {change.state !== 'waiting' && <p class="hint">{[person(change.decided_by), change.decided_at && formatTime(change.decided_at), change.reason].filter(Boolean).join(' · ')}</p>}
      {change.plan && <Steps plan={change.plan} />}
      {change.message && <p class="field-error">{change.message}</p>}
      {change.state === 'waiting' && own && <p class="hint">{ta('own_change')}</p>}
      {change.state === 'waiting' && !own && (
        <div class="decision">
          <input class="input narrow" aria-label={ta('reason')} placeholder={ta('reason')} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          <Button onClick={() => void onDecide(change, false, reason)}>{ta('refuse')}</Button>
          <Button look="primary" disabled={!change.plan || change.plan.refused > 0} onClick={() => void onDecide(change, true, reason)}>{ta('approve')}</Button>
        </div>
      )}
    </section>
  )
}
