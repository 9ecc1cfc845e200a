// What a card says of its time: what is planned next, how long it stands, whether too long.
import type { Entity, RecordData, Stage } from '../data/types'
import { clockText, dayText, daysBetween, momentOf, shortDay, today } from '../format/days'
import { language } from '../locale/i18n'
import { isClosed, type Shape } from './shape'
import { tb } from './texts'

export type Tone = 'red' | 'amber' | 'gray' | ''
/** `said`: what the colour says to those who see it. */
export interface Mark { icon: string; text: string; tone: Tone; title: string; said?: string }

function timeMark(label: string, value: string): Mark {
  const { day } = momentOf(value.length === 10 ? `${value}T12:00:00Z` : value)
  const away = daysBetween(today(), day)
  const long = dayText(day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  const title = `${label}: ${long}`
  if (away < 0) return { icon: 'alarm', text: shortDay(day), said: tb('overdue'), tone: 'red', title }
  if (away === 0) return { icon: 'clock', text: tb('today', { time: clockText(value) }), tone: 'amber', title }
  return { icon: 'clock', text: shortDay(day), tone: '', title }
}

/** What comes next, or that nothing does; silent where the work is over. */
export function nextMark(shape: Shape, stage: Stage, record: RecordData): Mark | null {
  if (isClosed(stage)) return null
  const next = shape.next ? record[shape.next.name] : undefined
  if (shape.next && typeof next === 'string') return timeMark(shape.next.label, next)
  const due = shape.due ? record[shape.due.name] : undefined
  if (shape.due && typeof due === 'string') return timeMark(shape.due.label, due)
  return shape.next ? { icon: 'circle-dashed', text: tb('nothing_next'), tone: 'gray', title: tb('nothing_next') } : null
}

export interface Age { days: number; text: string; stuck: boolean }
export function ageOf(entity: Entity, stage: Stage, record: RecordData): Age | null {
  const since = entity.pipeline?.since ? record[entity.pipeline.since] : null
  if (typeof since !== 'string' || isClosed(stage)) return null
  const days = Math.max(0, daysBetween(momentOf(since).day, today()))
  return { days, text: new Intl.NumberFormat(language.value, { style: 'unit', unit: 'day', unitDisplay: 'short' }).format(days), stuck: stage.limit_days !== undefined && days > stage.limit_days }
}
