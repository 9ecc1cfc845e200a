// What happened to the record: who, when, by which door, each field before and after.
import { useEffect, useState } from 'preact/hooks'
import { Pencil, Plus, RotateCcw, Trash2 } from 'lucide-preact'
import { loadChanges } from '../data/records'
import type { Change, Entity, FieldChange } from '../data/types'
import { formatTime, formatValue } from '../format/format'
import { ErrorCard } from '../kit/ErrorCard'
import { t, type MessageKey } from '../locale/i18n'

const marks = { create: Plus, update: Pencil, delete: Trash2, purge: Trash2, restore: RotateCcw }

export function History({ entity, id, version }: { entity: Entity; id: string; version: number }) {
  const [changes, setChanges] = useState<Change[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { loadChanges(entity.name, id).then((found) => { setProblem(null); setChanges(found) }).catch(setProblem) }
  useEffect(load, [entity.name, id, version])
  if (problem) return <ErrorCard error={problem} retry={load} />
  return (
    <>
      <h2 class="section-title">{t('history')}</h2>
      <ul class="history">{changes?.map((change) => <Event key={`${change.seq}`} entity={entity} change={change} />)}</ul>
    </>
  )
}

function Event({ entity, change }: { entity: Entity; change: Change }) {
  const Mark = marks[change.op]
  const who = change.actor?.title || t('system_actor')
  return (
    <li class="event">
      <span class="mark" aria-hidden="true"><Mark size={12} /></span>
      <div>
        <strong>{who}</strong> · {t(`op_${change.op}` as MessageKey)}
        {Object.entries(change.fields).map(([name, part]) => <Difference key={name} entity={entity} name={name} part={part} />)}
        {(change.cause || !['web', 'rest'].includes(change.door)) && <div class="cause">{[t(`door_${change.door}` as MessageKey), change.cause].filter(Boolean).join(' · ')}</div>}
      </div>
      <time dateTime={change.at}>{formatTime(change.at)}</time>
    </li>
  )
}

function Difference({ entity, name, part }: { entity: Entity; name: string; part: FieldChange }) {
  const field = entity.fields.find((item) => item.name === name)
  if (!field) return null
  const before = formatValue(field, part.before)
  const after = formatValue(field, part.after)
  return <div class="diff">{field.label}: {before && <><del>{before}</del> → </>}<ins>{after || '—'}</ins></div>
}
