// What happens, day by day, as a list.
import { Link } from 'wouter-preact'
import type { Entity } from '../data/types'
import { isReference } from '../data/types'
import { dayText, daysBetween, today } from '../format/days'
import { formatValue } from '../format/format'
import { Empty } from '../kit/Empty'
import { Tag } from '../kit/Tag'
import { t } from '../locale/i18n'
import { initials, titleOf } from '../pages/columns'
import { colorOf, kindOf, timeText } from './Event'
import { daysOf, type Happening, type Shape } from './happening'
import type { Shown } from './span'
import { tc } from './texts'

export interface AgendaProps { entity: Entity; shape: Shape; shown: Shown; happenings: Happening[]; loading: boolean; onFocus: (id: string) => void; onDone: (happening: Happening, done: boolean) => void }

function near(day: string): string {
  const away = daysBetween(today(), day)
  return away === 0 ? tc('today') : away === 1 ? tc('tomorrow') : away === -1 ? tc('yesterday') : ''
}

export function Agenda({ entity, shape, shown, happenings, loading, onFocus, onDone }: AgendaProps) {
  const days = shown.days.map((day) => ({ day, items: happenings.filter((item) => daysOf(item).includes(day)).sort((a, b) => Number(b.allDay) - Number(a.allDay) || a.from.minutes - b.from.minutes) })).filter(({ items }) => items.length > 0)
  if (!loading && days.length === 0) return <Empty icon="calendar" text={tc('nothing')} />
  return (
    <div class="agenda">
      {days.map(({ day, items }) => (
        <section key={day} aria-labelledby={`agenda-${day}`}>
          <h2 id={`agenda-${day}`} data-today={day === today() ? 'true' : undefined}>{dayText(day, { weekday: 'long', day: 'numeric', month: 'long' })}{near(day) && <span>{near(day)}</span>}</h2>
          <ul>
            {items.map((item) => {
              const title = titleOf(entity, item.record)
              const lines = shape.lines.map((field) => formatValue(field, item.record[field.name])).filter(Boolean)
              const person = shape.person ? item.record[shape.person.name] : null
              const kind = kindOf(shape, item)
              return (
                <li key={item.id} class={`agenda-row ${colorOf(shape, item)}`} data-event={item.id} data-done={item.done ? 'true' : undefined}>
                  {shape.done && entity.can.update && <label class="tick-label"><input type="checkbox" checked={item.done} aria-label={t('home_tick_what', { what: title })} onChange={(event) => onDone(item, event.currentTarget.checked)} /></label>}
                  <span class="agenda-time">{timeText(item)}</span>
                  <span class="agenda-what"><Link class="event-link" href={`/${entity.name}/${item.id}`} onFocus={() => onFocus(item.id)}>{title}</Link>{lines.length > 0 && <small>{lines.join(' · ')}</small>}</span>
                  {kind && <Tag text={kind} color={colorOf(shape, item)} />}
                  {isReference(person) && person.title && <span class="avatar tiny" role="img" aria-label={person.title} title={person.title}>{initials(person.title)}</span>}
                </li>
              )
            })}
          </ul>
        </section>
      ))}
    </div>
  )
}
