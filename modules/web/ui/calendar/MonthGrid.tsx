// Six weeks of a month; a day that holds more than fits leads to itself.
import { addDays, dayText, today } from '../format/days'
import { Event } from './Event'
import { daysOf } from './happening'
import type { GridProps } from './TimeGrid'
import { tc } from './texts'

const FITS = 3

export function MonthGrid({ entity, shape, shown, happenings, drawn, moving, onFocus, onDay }: GridProps) {
  const ordered = [...happenings].sort((a, b) => Number(b.allDay) - Number(a.allDay) || a.from.minutes - b.from.minutes)
  const month = shown.on.slice(0, 7)
  const weeks = [...Array(6).keys()].map((week) => shown.days.slice(week * 7, week * 7 + 7)).filter((days) => days.some((day) => day.startsWith(month)))
  return (
    <div class="month" role="table" aria-label={dayText(shown.on, { month: 'long', year: 'numeric' })}>
      <div class="month-head" role="row">{[...Array(7).keys()].map((index) => <span key={index} role="columnheader" aria-label={dayText(addDays(shown.from, index), { weekday: 'long' })}>{dayText(addDays(shown.from, index), { weekday: 'short' })}</span>)}</div>
      {weeks.map((days) => (
        <div class="month-week" role="row" key={days[0]}>
          {days.map((day) => {
            const items = ordered.filter((item) => daysOf(item).includes(day))
            const seen = items.length > FITS ? items.slice(0, FITS - 1) : items
            return (
              <div key={day} class="month-day" role="cell" data-day={day} data-other={day.startsWith(month) ? undefined : 'true'} data-drawn={drawn && drawn.day <= day && day <= drawn.lastDay ? 'true' : undefined}>
                <button type="button" class="month-number" data-today={day === today() ? 'true' : undefined} aria-label={dayText(day, { weekday: 'long', day: 'numeric', month: 'long' })} onClick={() => onDay(day)}>{dayText(day, { day: 'numeric' })}</button>
                {seen.map((item) => <Event key={item.id} entity={entity} shape={shape} happening={item} look="event-chip" moving={moving === item.id} onFocus={onFocus} />)}
                {items.length > seen.length && <button type="button" class="month-more" onClick={() => onDay(day)}>{tc('more', { count: items.length - seen.length })}</button>}
              </div>
            )
          })}
        </div>
      ))}
    </div>
  )
}
