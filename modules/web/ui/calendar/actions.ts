// What can be done in the calendar, for keys, palette and the sheet of keys.
import type { Entity } from '../data/types'
import { today } from '../format/days'
import { t } from '../locale/i18n'
import type { Action } from '../shell/actions'
import { STEP_MINUTES, type Shape } from './happening'
import type { Moving } from './moving'
import type { CalendarSource } from './source'
import { spans, step, type SpanAddress } from './span'
import { tc } from './texts'

interface Input { entity: Entity; source: CalendarSource; shape: Shape; span: SpanAddress; current: string; moving: Moving; navigate: (to: string) => void; filter: () => void; add: () => void }

const DAY = 1440
const links = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.calendar-body .event-link')]
function walk(by: number): void {
  const all = links()
  const at = all.indexOf(document.activeElement as HTMLElement)
  all[Math.max(0, Math.min(at < 0 ? 0 : at + by, all.length - 1))]?.focus()
}
const hasFocus = (): boolean => document.activeElement?.matches('.calendar-body .event-link') ?? false

export function calendarActions({ entity, source, shape, span, current, moving, navigate, filter, add }: Input): Action[] {
  const may = (): boolean => entity.can.update && hasFocus() && source.row(current) !== undefined
  const shift = (id: string, keys: string, label: string, run: () => void): Action => ({ id: `calendar.${id}`, group: 'record', label, keys, when: may, run })
  return [
    ...spans.map((item, index): Action => ({ id: `calendar.${item}`, group: 'list', label: tc(`${item}`), keys: String(index + 1), icon: 'calendar', run: () => span.set({ span: item }) })),
    { id: 'calendar.today', group: 'list', label: tc('today'), keys: '.', icon: 'calendar', run: () => span.set({ on: today() }) },
    { id: 'calendar.next', group: 'list', label: t('next'), keys: ']', run: () => span.set({ on: step(span.shown, 1) }) },
    { id: 'calendar.previous', group: 'list', label: t('previous'), keys: '[', run: () => span.set({ on: step(span.shown, -1) }) },
    { id: 'calendar.right', group: 'list', label: '', keys: 'ArrowRight', hidden: true, run: () => span.set({ on: step(span.shown, 1) }) },
    { id: 'calendar.left', group: 'list', label: '', keys: 'ArrowLeft', hidden: true, run: () => span.set({ on: step(span.shown, -1) }) },
    { id: 'list.down', group: 'list', label: t('row_next'), keys: 'j', hidden: true, run: () => walk(1) },
    { id: 'list.up', group: 'list', label: t('row_previous'), keys: 'k', hidden: true, run: () => walk(-1) },
    shift('later', 'Alt+ArrowDown', tc('later'), () => moving.shift(current, STEP_MINUTES)),
    shift('earlier', 'Alt+ArrowUp', tc('earlier'), () => moving.shift(current, -STEP_MINUTES)),
    shift('day_later', 'Alt+ArrowRight', tc('day_later'), () => moving.shift(current, DAY)),
    shift('day_earlier', 'Alt+ArrowLeft', tc('day_earlier'), () => moving.shift(current, -DAY)),
    ...(shape.ends ? [
      shift('longer', 'Alt+Shift+ArrowDown', tc('longer'), () => moving.stretch(current, STEP_MINUTES)),
      shift('shorter', 'Alt+Shift+ArrowUp', tc('shorter'), () => moving.stretch(current, -STEP_MINUTES)),
    ] : []),
    { id: 'list.create', group: 'create', label: t('new', { what: entity.label }), keys: 'c', icon: 'plus', when: () => entity.can.create, run: add },
    { id: 'calendar.create_page', group: 'create', label: tc('new_page'), icon: 'plus', when: () => entity.can.create, run: () => navigate(`/${entity.name}/new`) },
    { id: 'list.filter', group: 'list', label: t('filter_add'), keys: 'f', icon: 'filter', run: filter },
    { id: 'list.search', group: 'list', label: t('search_in', { what: entity.label_plural }), keys: '/', icon: 'search', run: () => document.getElementById('list-search')?.focus() },
    { id: 'list.refresh', group: 'list', label: t('refresh'), keys: 'Shift+r', icon: 'undo', run: () => source.refresh() },
  ]
}
