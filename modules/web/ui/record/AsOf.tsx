// The record as it was: a moment is chosen, what stood then is shown, marked and not to be written.
import { useEffect, useState } from 'preact/hooks'
import { History } from 'lucide-preact'
import { get, Problem } from '../data/api'
import { loadChanges } from '../data/records'
import type { Change, Entity, RecordData } from '../data/types'
import { fromClock, toClock } from '../field/draft'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { ChangeEvent } from './ChangeEvent'

/** What stood at the moment; undefined while it is asked for, a problem where there is no answer. */
export function usePast(entity: string, id: string, moment: string): RecordData | Problem | undefined {
  const [past, setPast] = useState<{ moment: string; answer: RecordData | Problem } | null>(null)
  useEffect(() => {
    if (!moment) return
    const abort = new AbortController()
    get<RecordData>(`records/${entity}/${id}`, { as_of: moment }, abort.signal)
      .then((answer) => setPast({ moment, answer }))
      .catch((error) => { if (error instanceof Problem) setPast({ moment, answer: error }) })
    return () => abort.abort()
  }, [entity, id, moment])
  return past?.moment === moment ? past.answer : undefined
}

interface Props { moment: string; problem: Problem | null; onChoose: (moment: string) => void; onLeave: () => void }

export function AsOfBar({ moment, problem, onChoose, onLeave }: Props) {
  return (
    <div class="as-of" role="region" aria-label={tr('as_of')}>
      <History size={15} aria-hidden="true" />
      <strong>{tr('as_of_shown', { when: formatTime(moment) })}</strong>
      <label class="as-of-choose"><span class="visually-hidden">{tr('as_of_when')}</span>
        <input class="input" type="datetime-local" value={toClock(moment)} max={toClock(new Date().toISOString())} onChange={(event) => { if (event.currentTarget.value) onChoose(fromClock(event.currentTarget.value)) }} /></label>
      {problem && <span class="field-error" role="alert">{problem.status === 404 ? tr('as_of_none') : problem.message}</span>}
      <span class="grow" />
      <Button look="primary" onClick={onLeave}>{tr('as_of_leave')}</Button>
    </div>
  )
}

/** What had changed by then, newest first. */
export function ChangesUntil({ entity, id, moment }: { entity: Entity; id: string; moment: string }) {
  const [changes, setChanges] = useState<Change[]>([])
  useEffect(() => { loadChanges(entity.name, id).then(setChanges).catch(() => setChanges([])) }, [entity.name, id])
  const then = changes.filter((change) => Date.parse(change.at) <= Date.parse(moment))
  return (
    <section aria-label={t('history')}>
      <h2 class="section-title">{t('history')}</h2>
      <ul class="events">{then.map((change) => <ChangeEvent key={change.seq} change={change} entity={entity.name} of={null} wholeTime />)}</ul>
    </section>
  )
}
