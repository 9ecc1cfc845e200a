// A record as something that happens: when it begins and ends on the person's clock, whole days or not,
// whose it is. What its fields are for, the view of its module says; here is also what a change of time
// writes back.
import { fieldFor, fieldsFor, viewsOf } from '../data/session'
import { isReference, type Entity, type Field, type RecordData, type View } from '../data/types'
import { addDays, daysBetween, instantOf, momentOf, type Moment } from '../format/days'

export const DAY_MINUTES = 1440
export const STEP_MINUTES = 15
const POINT_MINUTES = 30

export interface Shape {
  view: View
  starts: Field | undefined
  ends: Field | undefined
  due: Field | undefined
  allDay: Field | undefined
  done: Field | undefined
  kind: Field | undefined
  person: Field | undefined
  lines: Field[]
  fields: string[]
}

export function shapeOf(entity: Entity): Shape | null {
  const view = viewsOf('calendar', entity.name)[0]
  if (!view) return null
  const of = (use: string): Field | undefined => fieldFor(view, use)
  const shape = { view, starts: of('starts'), ends: of('ends'), due: of('due'), allDay: of('all_day'), done: of('done'), kind: of('kind'), person: of('person'), lines: fieldsFor(view, 'lines') }
  const used = [shape.starts, shape.ends, shape.due, shape.allDay, shape.done, shape.kind, shape.person, ...shape.lines]
  return { ...shape, fields: [...new Set([entity.title, ...used.flatMap((field) => field?.name ?? [])])] }
}

export interface Happening { id: string; record: RecordData; from: Moment; to: Moment; allDay: boolean; /** Has one time only: by then it is due. */ point: boolean; person: string; done: boolean }

export function later(moment: Moment, minutes: number): Moment {
  const total = moment.minutes + minutes
  const days = Math.floor(total / DAY_MINUTES)
  return { day: addDays(moment.day, days), minutes: total - days * DAY_MINUTES }
}
export function minutesBetween(from: Moment, to: Moment): number { return daysBetween(from.day, to.day) * DAY_MINUTES + to.minutes - from.minutes }

const read = (field: Field | undefined, record: RecordData): string | null => { const value = field ? record[field.name] : null; return typeof value === 'string' && value ? value : null }
const dayOnly = (field: Field | undefined): boolean => field?.value === 'date'

export function happeningOf(shape: Shape, record: RecordData): Happening | null {
  const starts = read(shape.starts, record)
  const point = starts === null
  const field = point ? shape.due : shape.starts
  const begin = starts ?? read(shape.due, record)
  if (begin === null) return null
  const person = shape.person ? record[shape.person.name] : null
  const common = { id: record.id, record, point, person: isReference(person) ? person.id : '', done: read(shape.done, record) !== null }
  if (dayOnly(field)) {
    const last = (!point && read(shape.ends, record)) || begin
    return { ...common, from: { day: begin, minutes: 0 }, to: { day: addDays(last, 1), minutes: 0 }, allDay: true }
  }
  const from = momentOf(begin)
  const ends = point ? null : read(shape.ends, record)
  const to = ends !== null && Date.parse(ends) > Date.parse(begin) ? momentOf(ends) : later(from, POINT_MINUTES)
  const whole = (shape.allDay && record[shape.allDay.name] === true) || minutesBetween(from, to) >= DAY_MINUTES
  return { ...common, from, to, allDay: !!whole }
}

/** The days it is seen on; one that ends at midnight does not reach into the next. */
export function daysOf(happening: Happening): string[] {
  const last = happening.to.minutes === 0 && happening.to.day > happening.from.day ? addDays(happening.to.day, -1) : happening.to.day
  return [...Array(Math.min(daysBetween(happening.from.day, last), 60) + 1).keys()].map((shift) => addDays(happening.from.day, shift))
}

const write = (field: Field, moment: Moment): string => (dayOnly(field) ? moment.day : instantOf(moment.day, moment.minutes))

/** What to write so that it happens then; the end only where it has one or gets one. */
export function timesOf(shape: Shape, happening: Happening, from: Moment, to: Moment): Record<string, string> {
  if (happening.point) return shape.due ? { [shape.due.name]: write(shape.due, from) } : {}
  const values: Record<string, string> = {}
  if (shape.starts) values[shape.starts.name] = write(shape.starts, from)
  const had = read(shape.ends, happening.record) !== null
  if (shape.ends && (had || minutesBetween(from, to) !== POINT_MINUTES)) values[shape.ends.name] = write(shape.ends, dayOnly(shape.ends) ? { day: addDays(to.day, -1), minutes: 0 } : to)
  return values
}

/** The times of a new one. */
export function newTimes(shape: Shape, from: Moment, to: Moment, allDay: boolean): Record<string, string | boolean> {
  if (!shape.starts) return shape.due ? { [shape.due.name]: write(shape.due, from) } : {}
  return { [shape.starts.name]: write(shape.starts, from), ...(shape.ends ? { [shape.ends.name]: write(shape.ends, dayOnly(shape.ends) ? { day: addDays(to.day, -1), minutes: 0 } : to) } : {}), ...(allDay && shape.allDay ? { [shape.allDay.name]: true } : {}) }
}

export interface Placed { happening: Happening; start: number; end: number; lane: number; lanes: number }
const LEAST_MINUTES = 24

/** Beside each other what happens at the same time of a day. */
export function placed(happenings: Happening[], day: string): Placed[] {
  const items = happenings.map((happening): Placed => {
    const start = happening.from.day < day ? 0 : happening.from.minutes
    const end = happening.to.day > day ? DAY_MINUTES : happening.to.minutes
    return { happening, start, end: Math.max(end, Math.min(start + LEAST_MINUTES, DAY_MINUTES)), lane: 0, lanes: 1 }
  }).sort((a, b) => a.start - b.start || b.end - a.end)
  let cluster: Placed[] = []
  let reach = -1
  const close = (): void => { const lanes = Math.max(0, ...cluster.map((item) => item.lane)) + 1; for (const item of cluster) item.lanes = lanes; cluster = [] }
  for (const item of items) {
    if (item.start >= reach) close()
    const taken = new Set(cluster.filter((other) => other.end > item.start).map((other) => other.lane))
    while (taken.has(item.lane)) item.lane++
    cluster.push(item)
    reach = Math.max(reach, item.end)
  }
  close()
  return items
}
