// Somebody leaves: their sessions and tokens end, and what they work on goes to others - to one, shared by
// several in turn, or kind by kind - in one step that is taken back as one.
import { useEffect, useState } from 'preact/hooks'
import { X } from 'lucide-preact'
import { request } from '../data/api'
import { followJob } from '../data/jobs'
import { entity as findEntity, meta } from '../data/session'
import type { Reference } from '../data/types'
import { offerUndo, say, sayProblem } from '../data/undo'
import { ReferencePicker } from '../field/ReferencePicker'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { ta } from './texts'

export interface HandOverProps { user: Reference; version: number; onClose: (done: boolean) => void }
interface Part { entity: string; open: number; closed: number }
interface Answer { entities?: Part[]; left?: number; failures?: { detail: string }[]; changeset?: string | null; job?: string }

function People({ id, label, chosen, onChosen }: { id: string; label: string; chosen: Reference[]; onChosen: (people: Reference[]) => void }) {
  return (
    <div class="takers">
      {chosen.map((person) => (
        <span key={person.id} class="tag"><span>{person.title}</span>
          <button type="button" class="link" aria-label={ta('taker_remove', { who: person.title ?? '' })} onClick={() => onChosen(chosen.filter((item) => item !== person))}><X size={12} aria-hidden="true" /></button></span>
      ))}
      <ReferencePicker key={chosen.length} id={id} entity="user" value={null} label={label} onPick={(person) => { if (person && !chosen.some((item) => item.id === person.id)) onChosen([...chosen, person]) }} />
    </div>
  )
}

export function HandOver({ user, version, onClose }: HandOverProps) {
  const mayGive = meta.value?.user.admin ?? false
  const [parts, setParts] = useState<Part[]>([])
  const [to, setTo] = useState<Reference[]>([])
  const [others, setOthers] = useState<Record<string, Reference[]>>({})
  const [closed, setClosed] = useState(false)
  const [busy, setBusy] = useState(false)
  const path = `users/${user.id}/hand-over`
  const who = user.title ?? ''
  useEffect(() => { if (mayGive) request<Answer>('POST', path, { body: { dry: true } }).then(({ body }) => setParts(body.entities ?? []), sayProblem) }, [user.id])
  const amount = (part: Part): number => part.open + (closed ? part.closed : 0)
  const hasWork = parts.some((part) => amount(part) > 0)

  const tell = (answer: Answer, changeset: string | null): void => {
    offerUndo(ta('handed_over', { who }), changeset)
    if (answer.left) say(ta('handed_over_left', { count: answer.left, why: answer.failures?.[0]?.detail ?? '' }))
  }
  const give = async (): Promise<void> => {
    const rules = Object.entries(others).filter(([, people]) => people.length > 0).map(([entity, people]) => ({ entity, to: people.map((person) => person.id) }))
    const { body, status, changeset } = await request<Answer>('POST', path, { body: { ...(to.length ? { to: to.map((person) => person.id) } : {}), rules, closed } })
    const answer: Answer = status === 202 && body.job ? await followJob(body.job, t('working'), parts.reduce((sum, part) => sum + amount(part), 0)) : body
    tell(answer, changeset ?? answer.changeset ?? null)
  }
  const stop = async (): Promise<void> => {
    const { changeset } = await request('PATCH', `records/user/${user.id}`, { body: { active: false }, headers: { 'If-Match': `"${version}"` } })
    offerUndo(t('changed', { what: who }), changeset)
  }
  const go = (step: () => Promise<void>): void => {
    setBusy(true)
    step().then(() => onClose(true), (error) => { sayProblem(error); setBusy(false) })
  }
  return (
    <Dialog label={ta('disable_title', { who })} onClose={() => onClose(false)}>
      <div class="dialog-body">
        <p>{ta(mayGive ? 'disable_text' : 'disable_only_text', { who })}</p>
        {hasWork && (
          <>
            <div class="field">
              <label for="hand-over">{ta('give_work')}</label>
              <People id="hand-over" label={ta('give_work')} chosen={to} onChosen={setTo} />
              <p class="hint">{ta(to.length > 1 ? 'give_work_shared' : 'give_work_hint')}</p>
            </div>
            <ul class="give-parts">
              {parts.filter((part) => amount(part) > 0).map((part) => {
                const label = findEntity(part.entity)?.label_plural ?? part.entity
                return (
                  <li key={part.entity}>
                    <span>{ta('gives', { label, count: amount(part) })}</span>
                    <details><summary>{others[part.entity]?.length ? others[part.entity]?.map((person) => person.title).join(', ') : ta('give_other')}</summary>
                      <People id={`hand-over-${part.entity}`} label={ta('give_other_of', { label })} chosen={others[part.entity] ?? []} onChosen={(people) => setOthers({ ...others, [part.entity]: people })} /></details>
                  </li>
                )
              })}
            </ul>
          </>
        )}
        {parts.some((part) => part.closed > 0) && <label class="check"><input type="checkbox" checked={closed} onChange={(event) => setClosed(event.currentTarget.checked)} />{ta('give_closed', { count: parts.reduce((sum, part) => sum + part.closed, 0) })}</label>}
        <div class="actions">
          <Button onClick={() => onClose(false)}>{t('cancel')}</Button>
          {mayGive && hasWork && <Button look="quiet" disabled={busy} onClick={() => go(stop)}>{ta('disable_only')}</Button>}
          <Button look="primary" disabled={busy || (hasWork && to.length === 0)} onClick={() => go(mayGive ? give : stop)}>{ta('do_it')}</Button>
        </div>
      </div>
    </Dialog>
  )
}
