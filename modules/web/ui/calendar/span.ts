// Which days the calendar shows, as its address says: a span and a day in it.
import { useSearchParams } from 'wouter-preact'
import { addDays, addMonths, dayText, daysBetween, monthStartOf, today, weekStartOf } from '../format/days'
import { language } from '../locale/i18n'

export const spans = ['day', 'week', 'month', 'agenda'] as const
export type Span = (typeof spans)[number]
const AGENDA_DAYS = 30
const MONTH_CELLS = 42

export interface Shown { span: Span; on: string; from: string; /** The day behind the last. */ to: string; days: string[]; people: boolean }

export function shownOf(span: Span, on: string, people: boolean): Shown {
  const from = span === 'week' ? weekStartOf(on) : span === 'month' ? weekStartOf(monthStartOf(on)) : on
  const count = { day: 1, week: 7, month: MONTH_CELLS, agenda: AGENDA_DAYS }[span]
  return { span, on, from, to: addDays(from, count), days: [...Array(count).keys()].map((shift) => addDays(from, shift)), people: people && span === 'day' }
}

export function step(shown: Shown, by: number): string {
  if (shown.span === 'month') return addMonths(shown.on, by)
  return addDays(shown.on, by * { day: 1, week: 7, agenda: AGENDA_DAYS }[shown.span])
}

export function titleOf(shown: Shown): string {
  if (shown.span === 'day') return dayText(shown.on, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  if (shown.span === 'month') return dayText(monthStartOf(shown.on), { month: 'long', year: 'numeric' })
  const format = new Intl.DateTimeFormat(language.value, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  return format.formatRange(new Date(`${shown.from}T00:00:00Z`), new Date(`${addDays(shown.to, -1)}T00:00:00Z`))
}

export interface SpanAddress { shown: Shown; set: (change: Partial<{ span: Span; on: string; people: boolean }>) => void }

/** A phone has room for a day or a list. */
export function useSpan(phone: boolean): SpanAddress {
  const [parameters, setParameters] = useSearchParams()
  const asked = spans.find((item) => item === parameters.get('span')) ?? (phone ? 'agenda' : 'week')
  const span = phone && asked !== 'day' ? 'agenda' : asked
  const wanted = parameters.get('on') ?? ''
  const on = /^\d{4}-\d\d-\d\d$/.test(wanted) && Math.abs(daysBetween('2000-01-01', wanted)) < 400_000 ? wanted : today()
  return {
    shown: shownOf(span, on, parameters.get('people') === '1'),
    set: (change) => setParameters((old) => {
      const next = new URLSearchParams(old)
      if (change.span) next.set('span', change.span)
      if (change.on) { if (change.on === today()) next.delete('on'); else next.set('on', change.on) }
      if (change.people !== undefined) { if (change.people) next.set('people', '1'); else next.delete('people') }
      return next
    }),
  }
}
