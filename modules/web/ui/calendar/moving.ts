// Times changed with the pointer or by keys: drawn as they go, written when they end.
import { useEffect, useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import { entity as findEntity } from '../data/session'
import type { Entity } from '../data/types'
import { addDays, daysBetween, type Moment } from '../format/days'
import { followGestures, momentAt, snap, type Gesture, type Spot } from './gestures'
import { later, minutesBetween, STEP_MINUTES, timesOf, type Happening, type Shape } from './happening'
import type { Wish } from './NewDialog'
import type { CalendarSource } from './source'
import { drawnOf, type Drawn } from './TimeGrid'

interface Input { entity: Entity; shape: Shape; source: CalendarSource; box: RefObject<HTMLDivElement>; onWish: (wish: Wish) => void }
interface Change { id: string; from: Moment; to: Moment; person: string | undefined }
export interface Moving {
  id: string
  drawn: Drawn | null
  apply: (happenings: Happening[]) => Happening[]
  /** By keys: so many minutes later, or longer. */
  shift: (id: string, minutes: number) => void
  stretch: (id: string, minutes: number) => void
}

function moved(happening: Happening, from: Spot, to: Spot): Change {
  const days = daysBetween(from.day, to.day)
  const minutes = happening.allDay || from.minutes === null || to.minutes === null ? 0 : snap(to.minutes - from.minutes)
  return { id: happening.id, from: later(happening.from, days * 1440 + minutes), to: later(happening.to, days * 1440 + minutes), person: to.person !== undefined && to.person !== from.person ? to.person : undefined }
}

function resized(happening: Happening, to: Spot): Change {
  const end = { day: to.day, minutes: snap(to.minutes ?? 0) }
  const least = later(happening.from, STEP_MINUTES)
  return { id: happening.id, from: happening.from, to: minutesBetween(least, end) > 0 ? end : least, person: undefined }
}

function wished(from: Spot, to: Spot): Wish {
  if (from.minutes === null || to.minutes === null) {
    const [first, last] = from.day <= to.day ? [from.day, to.day] : [to.day, from.day]
    return { from: { day: first, minutes: 0 }, to: { day: addDays(last, 1), minutes: 0 }, allDay: true, person: from.person || undefined }
  }
  const [a, b] = [momentAt(from), momentAt({ ...to, day: from.day })]
  const [first, last] = a.minutes <= b.minutes ? [a, b] : [b, a]
  return { from: first, to: later(last, STEP_MINUTES), allDay: false, person: from.person || undefined }
}

/** An event that comes to another day is drawn anew there. */
function keepFocus(id: string): void { requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-event="${id}"] .event-link`)?.focus()) }

export function useMoving({ entity, shape, source, box, onWish }: Input): Moving {
  const [change, setChange] = useState<Change | null>(null)
  const [drawn, setDrawn] = useState<Drawn | null>(null)
  const find = (id: string): Happening | undefined => source.all().find((item) => item.id === id)
  const changeOf = (gesture: Exclude<Gesture, { kind: 'create' }>, from: Spot, to: Spot): Change | null => {
    const happening = find(gesture.id)
    return happening ? (gesture.kind === 'move' ? moved(happening, from, to) : resized(happening, to)) : null
  }
  const write = (next: Change): void => {
    const happening = find(next.id)
    if (!happening) return
    const values = timesOf(shape, happening, next.from, next.to)
    const hasMoved = minutesBetween(happening.from, next.from) !== 0 || minutesBetween(happening.to, next.to) !== 0
    const person = next.person !== undefined && shape.person ? { [shape.person.name]: next.person || null } : {}
    if (!hasMoved && next.person === undefined) return
    const title = findEntity('user') ? document.querySelector(`[data-person="${next.person ?? ''}"] h2`)?.textContent ?? '' : ''
    source.write(next.id, { ...(hasMoved ? values : {}), ...person }, shape.person && next.person !== undefined ? { [shape.person.name]: next.person ? { id: next.person, title } : null } : {})
  }
  useEffect(() => box.current ? followGestures(box.current, {
    mayMove: () => entity.can.update,
    mayCreate: () => entity.can.create,
    onGo: (gesture, from, to) => {
      if (gesture.kind !== 'create') { setChange(changeOf(gesture, from, to)); return }
      const wish = wished(from, to)
      setDrawn(drawnOf(wish.from, wish.to, wish.allDay, wish.allDay ? addDays(wish.to.day, -1) : wish.from.day, wish.person ?? (from.person === undefined ? undefined : '')))
    },
    onEnd: (gesture, from, to) => {
      setChange(null)
      setDrawn(null)
      if (!to) return
      if (gesture.kind === 'create') onWish(wished(from, to))
      else { const next = changeOf(gesture, from, to); if (next) write(next) }
    },
  }) : undefined, [])
  return {
    id: change?.id ?? '',
    drawn,
    apply: (happenings) => (change ? happenings.map((item) => (item.id === change.id ? { ...item, from: change.from, to: change.to, person: change.person ?? item.person } : item)) : happenings),
    shift: (id, minutes) => { const item = find(id); if (!item) return; write({ id, from: later(item.from, minutes), to: later(item.to, minutes), person: undefined }); keepFocus(id) },
    stretch: (id, minutes) => { const item = find(id); if (item && !item.point && shape.ends && minutesBetween(item.from, later(item.to, minutes)) >= STEP_MINUTES) write({ id, from: item.from, to: later(item.to, minutes), person: undefined }); keepFocus(id) },
  }
}
