// How one field came to be what it is: each value, who, when, and through what.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { loadWhy, recordSignal, type Reason } from '../data/records'
import { meta } from '../data/session'
import type { Entity, Field, RecordData, Value } from '../data/types'
import { actorName, formatTime } from '../format/format'
import { Dialog } from '../kit/Dialog'
import { ErrorCard } from '../kit/ErrorCard'
import { t, type MessageKey } from '../locale/i18n'
import { tr } from './texts'
import { Cause, Difference } from './ChangeEvent'

/** Changes of the field; what the record was made with is what its first change took away. */
function ofField(changes: Reason[], name: string, record: RecordData | null): Reason[] {
  let before: Value | undefined = record?.[name]
  return changes.flatMap((change) => {
    const part = change.fields[name]
    if (!part && change.op !== 'create') return []
    const after = before
    before = part?.before
    return [part ? change : { ...change, fields: { [name]: after === undefined ? {} : { after } } }]
  })
}

/** The line of the script that wrote the value; administrators go on to its run. */
function Why({ script }: { script: NonNullable<Reason['script']> }) {
  const place = script.file ? `${script.file}${script.line === null ? '' : `:${script.line}`}` : script.name
  return (
    <div class="cause">{t('door_script')} · <code>{place}</code>{script.version && <> · {tr('why_version', { version: script.version })}</>}
      {script.run && meta.value?.user.admin && <> · <Link href={`/admin/runs/${script.run}`}>{tr('why_run')}</Link></>}</div>
  )
}

interface Props { entity: Entity; id: string; field: Field; onClose: () => void }

export function FieldHistory({ entity, id, field, onClose }: Props) {
  const [changes, setChanges] = useState<Reason[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { loadWhy(entity.name, id, field.name).then((found) => setChanges(ofField(found, field.name, recordSignal(entity.name, id).peek()))).catch(setProblem) }
  useEffect(load, [entity.name, id, field.name])
  return (
    <Dialog label={tr('history_of', { what: field.label })} class="field-history" onClose={onClose}>
      <div class="dialog-body" tabIndex={0} role="region" aria-label={tr('history_of', { what: field.label })}>
        {problem !== null && <ErrorCard error={problem} retry={load} />}
        {changes?.length === 0 && <p class="hint">{tr('history_none')}</p>}
        <ol class="events">{changes?.map((change) => (
          <li class="event" key={change.seq}>
            <div class="event-body">
              <Difference entity={entity} name={field.name} part={change.fields[field.name] ?? {}} bare />
              <div class="event-sub">{actorName(change.actor)} · {t(`op_${change.op}` as MessageKey)}</div>
              {change.script ? <Why script={change.script} /> : <Cause change={change} />}
            </div>
            <time dateTime={change.at}>{formatTime(change.at)}</time>
          </li>
        ))}</ol>
      </div>
    </Dialog>
  )
}
