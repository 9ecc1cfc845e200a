// An event as it stands in a grid: what, when, whose; a link to its record.
import type { JSX } from 'preact'
import { Link } from 'wouter-preact'
import { Check } from 'lucide-preact'
import { directory } from '../data/session'
import type { Entity } from '../data/types'
import { dayText, minutesText } from '../format/days'
import { choiceLabel, formatValue } from '../format/format'
import { titleOf } from '../pages/columns'
import type { Happening, Shape } from './happening'
import { tc } from './texts'

export interface EventProps { entity: Entity; shape: Shape; happening: Happening; look: 'event-block' | 'event-chip'; short?: boolean; style?: JSX.CSSProperties; resizable?: boolean; moving?: boolean; onFocus: (id: string) => void }

export function timeText(happening: Happening): string {
  if (happening.allDay) return tc('all_day')
  const from = minutesText(happening.from.minutes)
  return happening.point ? from : `${from} – ${minutesText(happening.to.minutes)}`
}

export function colorOf(shape: Shape, happening: Happening): string {
  const code = shape.kind ? happening.record[shape.kind.name] : null
  return (shape.kind && directory(shape.kind.directory)?.items.find((item) => item.code === code)?.color) ?? 'gray'
}

export function kindOf(shape: Shape, happening: Happening): string {
  const code = shape.kind ? happening.record[shape.kind.name] : null
  return shape.kind && typeof code === 'string' ? choiceLabel(shape.kind, code) : ''
}

export function Event({ entity, shape, happening, look, short, style, resizable, moving, onFocus }: EventProps) {
  const title = titleOf(entity, happening.record)
  const lines = shape.lines.map((field) => formatValue(field, happening.record[field.name])).filter(Boolean)
  const time = timeText(happening)
  const spoken = [kindOf(shape, happening), title, dayText(happening.from.day, { weekday: 'long', day: 'numeric', month: 'long' }), time, happening.done ? tc('done') : '', ...lines].filter(Boolean).join(', ')
  return (
    <div class={`event-box ${look} ${colorOf(shape, happening)}`} data-event={happening.id} data-done={happening.done ? 'true' : undefined} data-moving={moving ? 'true' : undefined} data-short={short ? 'true' : undefined} style={style}>
      <Link class="event-link" href={`/${entity.name}/${happening.id}`} draggable={false} title={spoken} onFocus={() => onFocus(happening.id)}>
        {look === 'event-chip' && !happening.allDay && <span class="event-time">{minutesText(happening.from.minutes)} </span>}
        <span class="event-title">{happening.done && <Check size={11} aria-hidden="true" />}{title}</span>
        {look === 'event-block' && <span class="event-time"> {time}</span>}
        {look === 'event-block' && lines[0] && <span class="event-lines"> {lines[0]}</span>}
        <span class="visually-hidden">, {[kindOf(shape, happening), dayText(happening.from.day, { weekday: 'long', day: 'numeric', month: 'long' }), happening.done ? tc('done') : ''].filter(Boolean).join(', ')}</span>
      </Link>
      {resizable && <span class="event-end" data-resize="true" aria-hidden="true" />}
    </div>
  )
}
