// What becomes of the records that stand in a stage, value or pipeline that is removed: chosen here, shown as
// a plan, and carried out as one change that can be undone.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, Problem, request } from '../data/api'
import { loadMeta } from '../data/session'
import type { RecordData } from '../data/types'
import { offerUndo, say, sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { ErrorCard } from '../kit/ErrorCard'
import type { Option } from '../kit/Combobox'
import { t } from '../locale/i18n'
import { carryOutWishes, followMigration, planWishes, type Migration, type Plan, type Wishes } from './plan'
import { Steps } from './Steps'
import { ta } from './texts'

export interface FateProps {
  /** As a plan names it: "deal/Sales/Offer". */
  subject: string
  label: string
  /** Where its records may go. */
  others: Option[]
  /** Records may keep the text. */
  leaves: boolean
  onClose: () => void
  onDone: () => Promise<void>
}
const LEAVE = '='
const CHANGESETS_LOOKED_AT = 20

function wishOf(subject: string, fate: string): Wishes {
  return fate === LEAVE ? { leave: [subject] } : { move: [`${subject}=${fate.slice(1)}`] }
}

/** The changeset that holds all of what a step did, for the undo. */
async function changesetOf(cause: string): Promise<string | null> {
  const { records } = await get<{ records: RecordData[] }>('changesets', { limit: CHANGESETS_LOOKED_AT })
  return records.find((one) => one['cause'] === cause)?.id ?? null
}

export function FateDialog({ subject, label, others, leaves, onClose, onDone }: FateProps) {
  const [fate, setFate] = useState('')
  const [plan, setPlan] = useState<Plan | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const [moving, setMoving] = useState<Migration | null>(null)
  const isOpen = useRef(true)
  useEffect(() => () => { isOpen.current = false }, [])
  const asked = useRef('')
  const choose = (next: string): void => {
    asked.current = next
    setFate(next)
    setPlan(null)
    setProblem(null)
    if (next) planWishes(wishOf(subject, next)).then((found) => { if (asked.current === next) setPlan(found) }, (error: unknown) => { if (asked.current === next) setProblem(error) })
  }
  const own = plan?.steps.filter((step) => step.subject === subject) ?? []
  const refused = own.filter((step) => step.step === 'refused').length
  /** With many records: the server goes on by itself, whoever looks; false: not to its end. */
  const move = async (): Promise<boolean> => {
    const ended = await followMigration(subject, (now) => { setMoving(now); return isOpen.current })
    if (!ended) return false
    setMoving(null)
    if (ended.state === 'done') offerUndo(t('deleted', { what: label }), ended.detail?.changeset ?? null, () => void onDone())
    else if (ended.state === 'failed') throw new Problem(500, { code: 'moving_failed', detail: ended.detail?.message ?? ended.state })
    else offerUndo(ta('moved_part', { what: label, done: ended.done, of: ended.total }), ended.done ? ended.detail?.changeset ?? null : null, () => void onDone())
    return true
  }
  const go = async (): Promise<void> => {
    if (!plan) return
    setBusy(true)
    try {
      const { waiting } = await carryOutWishes(wishOf(subject, fate), plan)
      if (waiting) say(ta('waits'))
      else if (own.some((step) => step.background)) { if (!await move()) return }
      else offerUndo(t('deleted', { what: label }), await changesetOf(`${own[0]?.step} ${subject}`), () => void onDone())
      await loadMeta()
      await onDone()
      onClose()
    } catch (error) { setProblem(error); setBusy(false) }
  }
  return (
    <Dialog label={`${t('delete')}: ${label}`} onClose={onClose}>
      <div class="dialog-body">
        <p>{ta('fate_text', { what: label })}</p>
        <div class="field">
          <label for="fate">{ta('fate')}</label>
          <select id="fate" class="input" value={fate} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">{ta('fate_choose')}</option>
            {others.map((other) => <option key={other.value} value={`>${other.value}`}>{ta('fate_move', { what: other.label })}</option>)}
            {leaves && <option value={LEAVE}>{ta('fate_leave')}</option>}
          </select>
        </div>
        {problem !== null && <ErrorCard error={problem} />}
        {plan && <><h3>{ta('plan')}</h3><Steps plan={{ ...plan, steps: own, asked: 0, refused }} /></>}
        {moving && (
          <div class="field" role="status">
            {ta('moving', { done: moving.done, of: moving.total })}
            <progress aria-label={label} max={moving.total || 1} value={moving.done} />
            <div><Button look="quiet" onClick={() => { request('DELETE', `schema/migrations/${moving.id}`).catch(sayProblem) }}>{ta('cancel_job')}</Button></div>
          </div>
        )}
        <div class="actions"><Button onClick={onClose}>{t(moving ? 'close' : 'cancel')}</Button><Button look="danger" disabled={own.length === 0 || refused > 0 || busy} onClick={() => void go()}>{ta('do_it')}</Button></div>
      </div>
    </Dialog>
  )
}
