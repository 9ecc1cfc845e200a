// Pointers on the calendar: moving an event, pulling its end, drawing a new one over empty time. What is
// below the pointer says its day (and whose column it is) by `data-day`, its hours by its height.
import type { Moment } from '../format/days'
import { DAY_MINUTES, STEP_MINUTES } from './happening'

export interface Spot { day: string; person: string | undefined; /** Null: whole days, without a clock. */ minutes: number | null }
export type Gesture = { kind: 'move' | 'resize'; id: string } | { kind: 'create' }
export interface GestureHandlers {
  mayMove: () => boolean
  mayCreate: () => boolean
  /** Called while it goes on; both are where the pointer went down and where it is. */
  onGo: (gesture: Gesture, from: Spot, to: Spot) => void
  onEnd: (gesture: Gesture, from: Spot, to: Spot | null) => void
}

const START_PX = 4
const REST_MS = 280
const REST_PX = 8
const EDGE_PX = 36

function spotAt(root: HTMLElement, x: number, y: number): Spot | null {
  const cell = document.elementsFromPoint(x, y).find((element): element is HTMLElement => element instanceof HTMLElement && element.dataset['day'] !== undefined && root.contains(element))
  if (!cell) return null
  const person = cell.dataset['person']
  const day = cell.dataset['day'] ?? ''
  if (cell.dataset['clock'] === undefined) return { day, person, minutes: null }
  const box = cell.getBoundingClientRect()
  return { day, person, minutes: Math.max(0, Math.min(DAY_MINUTES, ((y - box.top) / box.height) * DAY_MINUTES)) }
}
export const snap = (minutes: number): number => Math.round(minutes / STEP_MINUTES) * STEP_MINUTES
export const snapDown = (minutes: number): number => Math.floor(minutes / STEP_MINUTES) * STEP_MINUTES
export const momentAt = (spot: Spot): Moment => ({ day: spot.day, minutes: snapDown(spot.minutes ?? 0) })

export function followGestures(root: HTMLElement, handlers: GestureHandlers): () => void {
  let stop: (() => void) | null = null
  const down = (event: PointerEvent): void => {
    if (stop || event.button !== 0) return
    const target = event.target as HTMLElement
    const happening = target.closest<HTMLElement>('[data-event]')
    if (!happening && target.closest('a, button, input')) return
    const gesture: Gesture = happening ? { kind: target.closest('[data-resize]') ? 'resize' : 'move', id: happening.dataset['event'] ?? '' } : { kind: 'create' }
    if (gesture.kind === 'create' ? !handlers.mayCreate() : !handlers.mayMove()) return
    const from = spotAt(root, event.clientX, event.clientY)
    if (from) stop = follow(root, event, gesture, from, handlers, () => { stop = null })
  }
  const native = (event: Event): void => { if ((event.target as HTMLElement).closest('[data-event]')) event.preventDefault() }
  root.addEventListener('pointerdown', down)
  root.addEventListener('dragstart', native)
  return () => { root.removeEventListener('pointerdown', down); root.removeEventListener('dragstart', native); stop?.() }
}

function follow(root: HTMLElement, first: PointerEvent, gesture: Gesture, from: Spot, handlers: GestureHandlers, done: () => void): () => void {
  const listening = new AbortController()
  const options = { signal: listening.signal }
  const isTouch = first.pointerType === 'touch'
  const scroller = root.querySelector<HTMLElement>('.hours-scroll')
  let begun = false
  let at = { x: first.clientX, y: first.clientY }
  const begin = (): void => { begun = true; root.dataset['busy'] = gesture.kind; getSelection()?.removeAllRanges(); go() }
  const rest = isTouch ? setTimeout(begin, REST_MS) : undefined
  const go = (): void => { const to = spotAt(root, at.x, at.y); if (to) handlers.onGo(gesture, from, to) }
  const end = (keep: boolean): void => {
    listening.abort()
    clearTimeout(rest)
    delete root.dataset['busy']
    done()
    if (!begun) return
    const swallow = (click: Event): void => { click.preventDefault(); click.stopPropagation() }
    addEventListener('click', swallow, { capture: true, once: true })
    setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0)
    handlers.onEnd(gesture, from, keep ? spotAt(root, at.x, at.y) : null)
  }
  addEventListener('pointermove', (event) => {
    at = { x: event.clientX, y: event.clientY }
    const far = Math.hypot(at.x - first.clientX, at.y - first.clientY)
    if (!begun && isTouch && far > REST_PX) { end(false); return }
    if (!begun && !isTouch && far > START_PX) begin()
    if (!begun) return
    if (scroller) {
      const box = scroller.getBoundingClientRect()
      if (at.y < box.top + EDGE_PX) scroller.scrollTop -= 12
      else if (at.y > box.bottom - EDGE_PX) scroller.scrollTop += 12
    }
    go()
  }, options)
  addEventListener('pointerup', () => end(true), options)
  addEventListener('pointercancel', () => end(false), options)
  addEventListener('keydown', (key) => { if (key.key === 'Escape' && begun) { key.preventDefault(); key.stopPropagation(); end(false) } }, { ...options, capture: true })
  addEventListener('touchmove', (touch) => { if (begun) touch.preventDefault() }, { ...options, passive: false })
  addEventListener('contextmenu', (menu) => { if (begun) menu.preventDefault() }, options)
  return () => end(false)
}
