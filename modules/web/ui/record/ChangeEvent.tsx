// One change of a record: who, each field before and after, and by which script, import or rule. Of many
// fields the first few show, the rest on demand.
import { useState } from 'preact/hooks'
import { Pencil, Plus, RotateCcw, Trash2 } from 'lucide-preact'
import { Link } from 'wouter-preact'
import { entity as findEntity, meta } from '../data/session'
import type { Change, Entity, FieldChange, Reference } from '../data/types'
import { clockText } from '../format/days'
import { causeText } from '../format/causes'
import { actorName, formatTime, formatValue } from '../format/format'
import { nameOf } from '../format/scripts'
import { t, type MessageKey } from '../locale/i18n'
import { tr } from './texts'
import { PeekLink } from './PeekLink'

const marks = { create: Plus, update: Pencil, delete: Trash2, purge: Trash2, restore: RotateCcw }
const SHOWN = 4

interface Props { change: Change; entity: string; /** Another record than the page's own. */ of: Reference | null; wholeTime?: boolean }

export function ChangeEvent({ change, entity: name, of, wholeTime }: Props) {
  const [all, setAll] = useState(false)
  const entity = findEntity(name)
  const Mark = marks[change.op]
  if (!entity) return null
  const fields = Object.entries(change.fields).filter(([key, part]) => isShown(entity, key, part, change.op))
  const shown = all ? fields : fields.slice(0, change.op === 'create' ? 0 : SHOWN)
  return (
    <li class="event change">
      <span class="mark" aria-hidden="true"><Mark size={12} /></span>
      <div class="event-body">
        <div class="event-head dots">
          <strong>{actorName(change.actor)}</strong><span>{t(`op_${change.op}` as MessageKey)}</span>
          {of && <span class="event-of">{entity.label}: {entity.child_of ? of.title : <PeekLink entity={name} id={of.id}>{of.title ?? ''}</PeekLink>}</span>}
          {fields.length > shown.length && <span><button type="button" class="link" aria-expanded={false} onClick={() => setAll(true)}>{tr('fields_more', { count: fields.length - shown.length })}</button></span>}
        </div>
        {shown.map(([key, part]) => <Difference key={key} entity={entity} name={key} part={part} />)}
        <Cause change={change} />
      </div>
      <time dateTime={change.at}>{wholeTime ? formatTime(change.at) : clockText(change.at)}</time>
    </li>
  )
}

const silent = new Set(['id', 'version', 'created_at', 'updated_at', 'created_by', 'updated_by'])

function isShown(entity: Entity, name: string, part: FieldChange, op: Change['op']): boolean {
  const field = entity.fields.find((item) => item.name === name)
  return !!field && !silent.has(name) && (op !== 'create' || formatValue(field, part.after) !== '')
}

/** Why: the door where it is not a person's own, the script or import, a note. */
export function Cause({ change }: { change: Change }) {
  const parts = [['web', 'rest'].includes(change.door) && !change.cause ? '' : t(`door_${change.door}` as MessageKey), change.door === 'script' && change.cause ? nameOf(change.cause).file : causeText(change.cause, change.door), change.note === change.cause ? '' : change.note].filter(Boolean)
  if (parts.length === 0) return null
  const text = parts.join(' · ')
  return <div class="cause">{change.door === 'script' && meta.value?.user.admin ? <Link href={`/admin/runs?changeset=${change.changeset}`}>{text}</Link> : text}</div>
}

export function Difference({ entity, name, part, bare }: { entity: Entity; name: string; part: FieldChange; bare?: boolean }) {
  const field = entity.fields.find((item) => item.name === name)
  if (!field) return null
  const before = formatValue(field, part.before)
  const after = formatValue(field, part.after)
  return <div class="diff">{!bare && <>{field.label}: </>}{before && <><del>{before}</del> <span aria-hidden="true">→</span> </>}<ins>{after || '—'}</ins></div>
}
