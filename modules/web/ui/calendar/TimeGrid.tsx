// Days, or the people of one day, side by side over the hours; whole days above them; a line at now.
import { useEffect, useRef } from 'preact/hooks'
import type { Entity } from '../data/types'
import { dayText, minutesText, momentOf, now, today } from '../format/days'
import { Event } from './Event'
import { DAY_MINUTES, daysOf, minutesBetween, placed, type Happening, type Shape } from './happening'
import type { Shown } from './span'
import { tc } from './texts'

export interface Lane { id: string | undefined; name: string }
export interface Drawn { day: string; person: string | undefined; from: number; to: number; allDay: boolean; lastDay: string }
export interface GridProps {
  entity: Entity
  shape: Shape
  shown: Shown
  happenings: Happening[]
  people: Lane[]
  drawn: Drawn | null
  moving: string
  onFocus: (id: string) => void
  onDay: (day: string) => void
}

const HOUR_PX = 48
const FIRST_HOUR = 7.5
const SHORT_MINUTES = 40
const percent = (minutes: number): string => `${(minutes / DAY_MINUTES) * 100}%`

export function TimeGrid({ entity, shape, shown, happenings, people, drawn, moving, onFocus, onDay }: GridProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => { if (box.current) box.current.scrollTop = FIRST_HOUR * HOUR_PX }, [])
  const columns = shown.people ? people.map((lane) => ({ day: shown.on, lane })) : shown.days.map((day) => ({ day, lane: undefined }))
  const here = momentOf(now.value)
  const of = (day: string, lane: Lane | undefined, whole: boolean): Happening[] =>
    happenings.filter((item) => item.allDay === whole && (lane === undefined || item.person === (lane.id ?? '')) && daysOf(item).includes(day))
  const isDrawn = (day: string, lane: Lane | undefined, whole: boolean): boolean => drawn !== null && drawn.allDay === whole && drawn.day <= day && day <= drawn.lastDay && (lane === undefined || drawn.person === (lane.id ?? ''))
  return (
    <div class="hours-scroll" ref={box}>
      <div class="hours" style={{ gridTemplateColumns: `64px repeat(${columns.length}, minmax(${shown.people ? '150px' : '0'}, 1fr))` }}>
        <div class="hours-corner" />
        {columns.map(({ day, lane }) => (
          <div key={`${day}/${lane?.id}`} class="hours-head" data-today={day === today() && !lane ? 'true' : undefined}>
            {lane ? <h2>{lane.name}</h2> : <h2><button type="button" onClick={() => onDay(day)}><span>{dayText(day, { weekday: 'short' })}</span><strong>{dayText(day, { day: 'numeric' })}</strong><span class="visually-hidden"> {dayText(day, { month: 'long' })}</span></button></h2>}
          </div>
        ))}
        <div class="hours-label whole">{tc('all_day')}</div>
        {columns.map(({ day, lane }) => (
          <div key={`${day}/${lane?.id}`} class="whole-cell" data-day={day} data-person={lane ? lane.id ?? '' : undefined} data-drawn={isDrawn(day, lane, true) ? 'true' : undefined}>
            {of(day, lane, true).map((item) => <Event key={item.id} entity={entity} shape={shape} happening={item} look="event-chip" moving={moving === item.id} onFocus={onFocus} />)}
          </div>
        ))}
        <div class="hours-labels" aria-hidden="true">{[...Array(23).keys()].map((hour) => <span key={hour} style={{ top: percent((hour + 1) * 60) }}>{minutesText((hour + 1) * 60)}</span>)}</div>
        {columns.map(({ day, lane }) => (
          <div key={`${day}/${lane?.id}`} class="hours-column" role="group" aria-label={lane?.name ?? dayText(day, { weekday: 'long', day: 'numeric', month: 'long' })} data-day={day} data-clock="true" data-person={lane ? lane.id ?? '' : undefined} style={{ height: `${24 * HOUR_PX}px` }}>
            {placed(of(day, lane, false), day).map((place) => (
              <Event key={place.happening.id} entity={entity} shape={shape} happening={place.happening} look="event-block" short={place.end - place.start < SHORT_MINUTES} moving={moving === place.happening.id} onFocus={onFocus}
                resizable={!place.happening.point && shape.ends !== undefined && place.happening.to.day === day && entity.can.update}
                style={{ top: percent(place.start), height: percent(place.end - place.start), left: `${(place.lane / place.lanes) * 100}%`, width: `calc(${100 / place.lanes}% - 2px)` }} />
            ))}
            {drawn && isDrawn(day, lane, false) && <div class="event-drawn" style={{ top: percent(drawn.from), height: percent(Math.max(15, drawn.to - drawn.from)) }}>{minutesText(drawn.from)} – {minutesText(drawn.to)}</div>}
            {day === here.day && <div class="now-line" style={{ top: percent(here.minutes) }} />}
          </div>
        ))}
      </div>
    </div>
  )
}

export function drawnOf(from: { day: string; minutes: number }, to: { day: string; minutes: number }, allDay: boolean, lastDay: string, person: string | undefined): Drawn {
  return { day: from.day, person, from: from.minutes, to: from.minutes + Math.min(minutesBetween(from, to), DAY_MINUTES - from.minutes), allDay, lastDay }
}
