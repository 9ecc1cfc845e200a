// The middle of a record: the composer, what is still to do, and what happened, newest first. The kind
// that is shown and the form that is open stand in the address.
import { useState } from 'preact/hooks'
import { directory, entity as findEntity } from '../data/session'
import { sayProblem } from '../data/undo'
import type { Entity, RecordData } from '../data/types'
import { dayText, momentOf as clockOf, today } from '../format/days'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { useDelayed } from '../kit/delayed'
import { tr } from './texts'
import { activities, forms } from './activity'
import { useParameter } from '../shell/address'
import { ActivityEvent } from './ActivityEvent'
import { ChangeEvent } from './ChangeEvent'
import { Composer } from './Composer'
import { FileEvent } from './Files'
import { keyOf, useTimeline, type TimelineItem } from './timelineData'
import { CommentEvent } from './CommentEvent'

const AHEAD_SHOWN = 5

export function TimelineView({ entity, record }: { entity: Entity; record: RecordData }) {
  const [show, choose] = useParameter('show', true)
  const { past, upcoming, problem, more, refresh } = useTimeline(entity.name, record.id, record.version, show)
  const waiting = useDelayed(past === null && problem === null)
  const [busy, setBusy] = useState(false)
  const older = async (): Promise<void> => {
    setBusy(true)
    await more?.().catch(sayProblem)
    setBusy(false)
  }
  const ahead = show === '' ? upcoming : upcoming.filter((item) => item['kind'] === show)
  return (
    <section class="timeline" aria-label={tr('timeline')}>
      <Kinds show={show} onChoose={choose} />
      <Composer entity={entity} record={record} onWritten={refresh} />
      {problem !== null && <ErrorCard error={problem} retry={refresh} />}
      {ahead.length > 0 && <Ahead records={ahead} about={record.id} refresh={refresh} />}
      {waiting && <div class="timeline-wait" aria-hidden="true">{[1, 2, 3].map((row) => <span key={row} class="skeleton" />)}</div>}
      {past && <Days items={past} about={record.id} refresh={refresh} />}
      {past?.length === 0 && ahead.length === 0 && <p class="timeline-none">{tr('timeline_none')}</p>}
      {more && <Button look="quiet" disabled={busy} onClick={() => void older()}>{tr('load_older')}</Button>}
    </section>
  )
}

function Kinds({ show, onChoose }: { show: string; onChoose: (show: string) => void }) {
  const own = activities()
  const labels = directory(own?.fields.find((field) => field.name === 'kind')?.directory)?.items ?? []
  const named = own ? forms.flatMap((form) => { const item = labels.find((label) => label.code === form.kind); return item ? [{ value: form.kind, label: item.label }] : [] }) : []
  const files = findEntity('file')
  const all = [{ value: '', label: tr('all') }, ...named, ...(files?.can.read ? [{ value: 'files', label: files.label_plural }] : []), { value: 'changes', label: tr('changes') }]
  return (
    <div class="kinds" role="group" aria-label={tr('show_kind')}>
      {all.map((item) => <button key={item.value} type="button" aria-pressed={show === item.value} onClick={() => onChoose(item.value)}>{item.label}</button>)}
    </div>
  )
}

interface PartProps { about: string; refresh: () => void }

function Ahead({ records, about, refresh }: PartProps & { records: RecordData[] }) {
  const [all, setAll] = useState(false)
  const shown = all ? records : records.slice(0, AHEAD_SHOWN)
  return (
    <div class="ahead">
      <h2 class="day">{tr('upcoming')} <span class="number">{records.length}</span></h2>
      <ul class="events">{shown.map((record) => <ActivityEvent key={record.id} record={record} about={about} refresh={refresh} />)}</ul>
      {records.length > AHEAD_SHOWN && <Button look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>{all ? tr('show_less') : tr('show_all', { count: records.length })}</Button>}
    </div>
  )
}

function dayLabel(day: string): string {
  const now = today()
  if (day === now) return tr('today')
  return dayText(day, { weekday: 'short', day: 'numeric', month: 'long', ...(day.slice(0, 4) === now.slice(0, 4) ? {} : { year: 'numeric' }) })
}

function Days({ items, about, refresh }: PartProps & { items: TimelineItem[] }) {
  const days: { day: string; items: TimelineItem[] }[] = []
  for (const item of items) {
    const { day } = clockOf(item.at)
    const last = days[days.length - 1]
    if (last?.day === day) last.items.push(item)
    else days.push({ day, items: [item] })
  }
  return (
    <>
      {days.map(({ day, items: own }) => (
        <div key={day}>
          <h2 class="day">{dayLabel(day)}</h2>
          <ul class="events">{own.map((item) => <Item key={keyOf(item)} item={item} about={about} refresh={refresh} />)}</ul>
        </div>
      ))}
    </>
  )
}

function Item({ item, about, refresh }: PartProps & { item: TimelineItem }) {
  if (item.kind === 'change') return <ChangeEvent change={item} entity={item.entity} of={item.record.id === about ? null : item.record} />
  if (item.entity === 'file') return <FileEvent file={item.record} refresh={refresh} />
  if (item.entity === 'comment') return <CommentEvent comment={item.record} refresh={refresh} />
  return <ActivityEvent entity={item.entity} record={item.record} about={about} refresh={refresh} />
}
