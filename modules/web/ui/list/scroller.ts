// Which rows are in sight. Browsers clamp an element near 33.5 million pixels: beyond LIMIT the bar is
// scaled while wheel and touch still move one pixel for one; when they rest, the thumb is put right.
import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { RefObject } from 'preact'

const LIMIT_PX = 15_000_000
const EDGE_PX = 4000
const OVERSCAN = 8
const REST_MS = 180

export interface Window { from: number; to: number; above: number; below: number }

export class Scroller {
  position = 0
  private top = 0
  private set = -1
  rowHeight = 36
  count = 0
  view = 600

  get full(): number { return this.count * this.rowHeight }
  get height(): number { return Math.min(this.full, LIMIT_PX) }
  private get end(): number { return Math.max(0, this.full - this.view) }
  private get travel(): number { return Math.max(0, this.height - this.view) }
  private get isScaled(): boolean { return this.full > LIMIT_PX }

  /** Near both ends one for one, so that the rows before and behind those in sight have their room. */
  private toTop(position: number): number {
    if (!this.isScaled || position <= EDGE_PX) return position
    if (position >= this.end - EDGE_PX) return this.travel - (this.end - position)
    return EDGE_PX + ((position - EDGE_PX) * (this.travel - 2 * EDGE_PX)) / (this.end - 2 * EDGE_PX)
  }
  private toPosition(top: number): number {
    if (!this.isScaled || top <= EDGE_PX) return top
    if (top >= this.travel - EDGE_PX) return this.end - (this.travel - top)
    return EDGE_PX + ((top - EDGE_PX) * (this.end - 2 * EDGE_PX)) / (this.travel - 2 * EDGE_PX)
  }

  /** The element has been scrolled to `top`. Small steps are taken as they are, jumps by the scale. */
  scrolled(top: number): void {
    if (Math.abs(top - this.set) < 1) { this.set = -1; this.top = top; return }
    const step = top - this.top
    this.top = top
    if (!this.isScaled || top <= 0 || top >= this.travel - 1) this.position = this.toPosition(top)
    else this.position = Math.abs(step) <= this.view * 2 ? this.position + step : this.toPosition(top)
    this.position = Math.max(0, Math.min(this.position, this.end))
  }

  /** Where the bar should stand for the position. */
  settle(element: HTMLElement): void {
    const top = Math.round(this.toTop(this.position))
    if (Math.abs(element.scrollTop - top) < 1) return
    this.set = this.top = top
    element.scrollTop = top
  }

  /** Brings a row into sight; head and foot of the table cover `covered` pixels at the top. */
  reveal(element: HTMLElement, index: number): void {
    const at = index * this.rowHeight
    if (at < this.position) this.position = at
    else if (at + this.rowHeight > this.position + this.view) this.position = at + this.rowHeight - this.view
    else return
    this.position = Math.max(0, this.position)
    this.settle(element)
  }

  window(): Window {
    const from = Math.max(0, Math.floor(this.position / this.rowHeight) - OVERSCAN)
    const to = Math.min(this.count, Math.ceil((this.position + this.view) / this.rowHeight) + OVERSCAN)
    const above = Math.max(0, this.isScaled ? Math.round(this.top - this.position + from * this.rowHeight) : from * this.rowHeight)
    return { from, to, above, below: Math.max(0, this.height - above - (to - from) * this.rowHeight) }
  }
}

/** Follows an element's scrolling; `head` pixels at its top are covered by the table's head. */
export function useScroller(element: RefObject<HTMLElement>, count: number, rowHeight: number, head: number): { scroller: Scroller; window: Window } {
  const kept = useRef<Scroller>()
  const scroller = (kept.current ??= new Scroller())
  const [, draw] = useReducer<number, null>((now) => now + 1, 0)
  scroller.count = count
  scroller.rowHeight = rowHeight
  useEffect(() => {
    const box = element.current
    if (!box) return
    let rest: ReturnType<typeof setTimeout> | undefined
    let frame = 0
    const scrolled = (): void => {
      scroller.scrolled(box.scrollTop)
      clearTimeout(rest)
      rest = setTimeout(() => { scroller.settle(box); draw(null) }, REST_MS)
      if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(null) })
    }
    const sized = new ResizeObserver(() => { scroller.view = Math.max(rowHeight, box.clientHeight - head); draw(null) })
    box.addEventListener('scroll', scrolled, { passive: true })
    sized.observe(box)
    return () => { box.removeEventListener('scroll', scrolled); sized.disconnect(); clearTimeout(rest); cancelAnimationFrame(frame) }
  }, [head, rowHeight])
  return { scroller, window: scroller.window() }
}
