// Days and clock times where the person is: the zone of their settings, else the company's. A day is
// "2026-11-21", a clock time minutes after midnight, an instant an RFC 3339 text of the wire.
import { signal } from '@preact/signals'
import { meta } from '../data/session'
import { language } from '../locale/i18n'

const MS_PER_MINUTE = 60_000
const MS_PER_DAY = 86_400_000
const DAY_MINUTES = 1440
const clocks = new Map<string, Intl.DateTimeFormat>()

export function zone(): string { return meta.value?.user.zone || meta.value?.company.zone || 'UTC' }

function clock(): Intl.DateTimeFormat {
  const name = zone()
  let found = clocks.get(name)
  if (!found) clocks.set(name, (found = new Intl.DateTimeFormat('en-CA', { timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' })))
  return found
}

export interface Moment { day: string; minutes: number }
/** Where the person's calendar and clock stand at an instant. */
export function momentOf(instant: string | number): Moment {
  const parts = Object.fromEntries(clock().formatToParts(new Date(instant)).map((part) => [part.type, part.value]))
  return { day: `${parts['year']}-${parts['month']}-${parts['day']}`, minutes: Number(parts['hour']) * 60 + Number(parts['minute']) }
}

const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`)
export function addDays(day: string, count: number): string { return new Date(utc(day) + count * MS_PER_DAY).toISOString().slice(0, 10) }
export function daysBetween(from: string, to: string): number { return Math.round((utc(to) - utc(from)) / MS_PER_DAY) }
export function weekday(day: string): number { return new Date(utc(day)).getUTCDay() }
/** 0 is Sunday, as settings count. */
export function weekStartOf(day: string): string { return addDays(day, -((weekday(day) - (meta.value?.company.week_start ?? 1) + 7) % 7)) }
export function monthStartOf(day: string): string { return `${day.slice(0, 7)}-01` }
export function addMonths(day: string, count: number): string {
  const first = new Date(utc(monthStartOf(day)))
  first.setUTCMonth(first.getUTCMonth() + count)
  return first.toISOString().slice(0, 10)
}

/** The instant at which the person's clock shows this; where clocks go forward, the one just behind. */
export function instantOf(day: string, minutes: number): string {
  const wanted = utc(day) + minutes * MS_PER_MINUTE
  let guess = wanted
  for (let round = 0; round < 2; round++) {
    const shown = momentOf(guess)
    guess += wanted - (utc(shown.day) + shown.minutes * MS_PER_MINUTE)
  }
  return new Date(guess).toISOString().replace('.000Z', 'Z')
}

/** Tests and long-open tabs: what "now" is; moves on by itself once a minute where it is looked at. */
export const now = signal(Date.now())
export function today(): string { return momentOf(now.value).day }
export function followClock(): () => void {
  now.value = Date.now()
  const timer = setInterval(() => { now.value = Date.now() }, MS_PER_MINUTE)
  return () => clearInterval(timer)
}

export function dayText(day: string, style: Intl.DateTimeFormatOptions): string { return new Intl.DateTimeFormat(language.value, { ...style, timeZone: 'UTC' }).format(new Date(utc(day))) }
export function minutesText(minutes: number): string {
  return new Intl.DateTimeFormat(language.value, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(new Date((minutes % DAY_MINUTES) * MS_PER_MINUTE))
}
export function clockText(instant: string): string { return minutesText(momentOf(instant).minutes) }
/** "12 Nov", with the year where it is another one. */
export function shortDay(day: string): string { return dayText(day, { day: 'numeric', month: 'short', ...(day.slice(0, 4) === today().slice(0, 4) ? {} : { year: 'numeric' }) }) }
