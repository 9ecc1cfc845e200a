// One activity in a timeline: what, about what where it is something else, what came of it; an open one
// is ticked done where it stands.
import { Check, MoreHorizontal } from 'lucide-preact'
import { request } from '../data/api'
import { directory, entity as findEntity } from '../data/session'
import { offerUndo, sayProblem } from '../data/undo'
import { isReference, type RecordData } from '../data/types'
import { clockText, daysBetween, momentOf as clockOf, shortDay, today } from '../format/days'
import { Icon } from '../kit/Icon'
import { Menu } from '../kit/Menu'
import { Tag } from '../kit/Tag'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { titleOf } from '../pages/columns'
import { ACTIVITY, formOf, isOpen, isOverdue, momentOf, tick } from './activity'
import { MentionText } from './MentionText'
import { PeekLink } from './PeekLink'

interface Props { entity?: string; record: RecordData; about: string; refresh: () => void }

export function ActivityEvent({ entity: name = ACTIVITY, record, about, refresh }: Props) {
  const entity = findEntity(name)
  if (!entity) return null
  const kind = String(record['kind'] ?? '')
  const open = isOpen(record)
  const title = titleOf(entity, record)
  const body = typeof record['body'] === 'string' ? record['body'] : ''
  const other = isReference(record['about']) && record['about'].id !== about ? record['about'] : null
  const isNote = kind === 'note'
  const shownBody = isNote ? body || title : withoutTitle(body, title)
  return (
    <li class={`event${open ? ' open' : ''}`} data-kind={kind}>
      {open && entity.can.update
        ? <button type="button" class="mark tick" title={tr('mark_done')} aria-label={`${tr('mark_done')}: ${title}`} onClick={() => { tick(record, refresh).then(refresh, sayProblem) }}><Check size={12} aria-hidden="true" /></button>
        : <span class="mark" aria-hidden="true"><Icon name={formOf(kind).icon} size={12} /></span>}
      <div class="event-body">
        <div class="event-head">
          {!isNote && <PeekLink entity={name} id={record.id} class="event-title">{title}</PeekLink>}
          {isNote && <strong>{ownerOf(record)}</strong>}
          <Facts record={record} />
        </div>
        {(!isNote || other) && (
          <div class="event-sub dots">
            {!isNote && [labelOf(entity.name, 'kind', kind), ownerOf(record)].filter(Boolean).map((text) => <span key={text}>{text}</span>)}
            {other && <span><PeekLink entity={other.entity ?? ''} id={other.id}>{other.title ?? ''}</PeekLink></span>}
          </div>
        )}
        {shownBody && <div class="box"><MentionText text={shownBody} people={record['mentions']} /></div>}
      </div>
      <time dateTime={momentOf(record)}>{open ? dueText(record) : clockText(momentOf(record))}</time>
      <EventMenu entity={name} record={record} title={title} refresh={refresh} />
    </li>
  )
}

/** What a first line that became the title leaves over. */
function withoutTitle(body: string, title: string): string {
  const text = body.trim()
  return text === title || text.startsWith(`${title}\n`) ? text.slice(title.length).trim() : body
}

function ownerOf(record: RecordData): string {
  const person = isReference(record['owner']) ? record['owner'] : record['created_by']
  return isReference(person) ? person.title ?? '' : ''
}

export function labelOf(entity: string, field: string, code: string): string {
  const name = findEntity(entity)?.fields.find((item) => item.name === field)?.directory
  return directory(name)?.items.find((item) => item.code === code)?.label ?? code
}

function dueText(record: RecordData): string {
  const due = record['due_at'] ?? record['starts_at']
  if (typeof due !== 'string') return ''
  const { day } = clockOf(due)
  const days = daysBetween(today(), day)
  const near = days >= -1 && days <= 1 ? new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: 'auto' }).format(days, 'day') : shortDay(day)
  return record['all_day'] === true ? near : `${near}, ${clockText(due)}`
}

function Facts({ record }: { record: RecordData }) {
  const outcome = typeof record['outcome'] === 'string' ? record['outcome'] : ''
  const seconds = Number(record['duration_seconds'] ?? 0)
  const tint = directory(findEntity(ACTIVITY)?.fields.find((item) => item.name === 'outcome')?.directory)?.items.find((item) => item.code === outcome)?.color
  const late = isOverdue(record) ? daysBetween(clockOf(String(record['due_at'] ?? record['starts_at'])).day, today()) : -1
  return (
    <>
      {late > 0 && <Tag text={tr('overdue_days', { count: late })} color="red" />}
      {late === 0 && <Tag text={t('overdue')} color="red" />}
      {record['priority'] === 'high' && <Tag text={labelOf(ACTIVITY, 'priority', 'high')} color="red" />}
      {seconds > 0 && <span class="event-sub">{durationText(seconds)}</span>}
      {typeof record['direction'] === 'string' && <span class="event-sub">{labelOf(ACTIVITY, 'direction', record['direction'])}</span>}
      {outcome && <Tag text={labelOf(ACTIVITY, 'outcome', outcome)} color={tint} />}
      {record['status'] === 'cancelled' && <Tag text={labelOf(ACTIVITY, 'status', 'cancelled')} />}
      {typeof record['location'] === 'string' && record['location'] && <span class="event-sub">{record['location']}</span>}
    </>
  )
}

function durationText(seconds: number): string {
  const unit = (value: number, name: string): string => new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value)
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? unit(seconds, 'second') : seconds % 60 ? `${unit(minutes, 'minute')} ${unit(seconds % 60, 'second')}` : unit(minutes, 'minute')
}

/** What can be done with a record of the timeline. */
export function EventMenu({ entity, record, title, refresh }: { entity: string; record: RecordData; title: string; refresh: () => void }) {
  const found = findEntity(entity)
  const remove = async (): Promise<void> => {
    const { changeset } = await request('DELETE', `records/${entity}/${record.id}`)
    offerUndo(t('deleted', { what: title }), changeset, refresh)
    refresh()
  }
  if (!found?.can.delete) return null
  return <Menu label={`${t('actions')}: ${title}`} class="button quiet icon tiny event-menu" items={[{ label: t('delete'), icon: 'trash', danger: true, run: () => { remove().catch(sayProblem) } }]}><MoreHorizontal size={14} aria-hidden="true" /></Menu>
}
