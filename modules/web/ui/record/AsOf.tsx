// The record as it was: a moment is chosen, what stood then is shown, marked and not to be written.
import { useEffect, useState } from 'preact/hooks'
import { History } from 'lucide-preact'
import { get, Problem } from '../data/api'
import type { RecordData } from '../data/types'
import { fromClock, toClock } from '../field/draft'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'

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
    <div class="as-of" role="region" aria-label={t('as_of')}>
      <History size={15} aria-hidden="true" />
      <strong>{t('as_of_shown', { when: formatTime(moment) })}</strong>
      <label class="as-of-choose"><span class="visually-hidden">{t('as_of_when')}</span>
        <input class="input" type="datetime-local" value={toClock(moment)} max={toClock(new Date().toISOString())} onChange={(event) => { if (event.currentTarget.value) onChoose(fromClock(event.currentTarget.value)) }} /></label>
      {problem && <span class="field-error" role="alert">{problem.status === 404 ? t('as_of_none') : problem.message}</span>}
      <span class="grow" />
      <Button look="primary" onClick={onLeave}>{t('as_of_leave')}</Button>
    </div>
  )
}
