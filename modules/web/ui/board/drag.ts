// Dragging cards with a mouse, a pen or a finger: a mouse after a few pixels, a finger after resting.
// A copy follows the pointer; what lies below it and says `data-drop` is the target.
export interface DragHandlers {
  onStart: (id: string) => void
  /** Null: dropped nowhere, or given up. */
  onEnd: (id: string, target: string | null) => void
  mayDrag: () => boolean
}

const START_PX = 5
const REST_MS = 280
const REST_PX = 8
const EDGE_PX = 56
const SCROLL_PX = 14

export function followDrags(board: HTMLElement, handlers: DragHandlers): () => void {
  let drag: Drag | null = null
  const down = (event: PointerEvent): void => {
    const card = (event.target as HTMLElement).closest<HTMLElement>('[data-card]')
    if (drag || !card || event.button !== 0 || !handlers.mayDrag() || (event.target as HTMLElement).closest('button, input, select, textarea')) return
    drag = new Drag(board, card, event, handlers, () => { drag = null })
  }
  const native = (event: Event): void => { if ((event.target as HTMLElement).closest('[data-card]')) event.preventDefault() }
  board.addEventListener('pointerdown', down)
  board.addEventListener('dragstart', native)
  return () => { board.removeEventListener('pointerdown', down); board.removeEventListener('dragstart', native); drag?.stop(null) }
}

class Drag {
  private readonly listening = new AbortController()
  private readonly startX: number
  private readonly startY: number
  private readonly id: string
  private readonly isTouch: boolean
  private ghost: HTMLElement | null = null
  private offset = { x: 0, y: 0 }
  private at: { x: number; y: number }
  private over: HTMLElement | null = null
  private rest: ReturnType<typeof setTimeout> | undefined
  private frame = 0

  constructor(private readonly board: HTMLElement, private readonly card: HTMLElement, event: PointerEvent, private readonly handlers: DragHandlers, private readonly done: () => void) {
    this.startX = event.clientX
    this.startY = event.clientY
    this.at = { x: event.clientX, y: event.clientY }
    this.id = card.dataset['card'] ?? ''
    this.isTouch = event.pointerType === 'touch'
    const options = { signal: this.listening.signal }
    addEventListener('pointermove', (next) => this.moved(next), options)
    addEventListener('pointerup', () => this.stop(this.ghost ? this.over?.dataset['drop'] ?? null : null), options)
    addEventListener('pointercancel', () => this.stop(null), options)
    addEventListener('keydown', (key) => { if (key.key === 'Escape' && this.ghost) { key.preventDefault(); key.stopPropagation(); this.stop(null) } }, { ...options, capture: true })
    addEventListener('touchmove', (touch) => { if (this.ghost) touch.preventDefault() }, { ...options, passive: false })
    addEventListener('contextmenu', (menu) => { if (this.ghost) menu.preventDefault() }, options)
    if (this.isTouch) this.rest = setTimeout(() => this.begin(), REST_MS)
  }

  private moved(event: PointerEvent): void {
    this.at = { x: event.clientX, y: event.clientY }
    const far = Math.hypot(event.clientX - this.startX, event.clientY - this.startY)
    if (!this.ghost && this.isTouch && far > REST_PX) { this.stop(null); return }
    if (!this.ghost && !this.isTouch && far > START_PX) this.begin()
    if (this.ghost) { this.place(); this.aim() }
  }

  private begin(): void {
    const box = this.card.getBoundingClientRect()
    this.offset = { x: this.startX - box.left, y: this.startY - box.top }
    this.ghost = this.card.cloneNode(true) as HTMLElement
    this.ghost.classList.add('card-ghost')
    this.ghost.setAttribute('aria-hidden', 'true')
    this.ghost.style.width = `${box.width}px`
    for (const named of this.ghost.querySelectorAll('[id]')) named.removeAttribute('id')
    document.body.append(this.ghost)
    this.card.dataset['dragged'] = 'true'
    getSelection()?.removeAllRanges()
    this.handlers.onStart(this.id)
    this.place()
    this.frame = requestAnimationFrame(() => this.scroll())
  }

  private place(): void { if (this.ghost) this.ghost.style.transform = `translate(${this.at.x - this.offset.x}px, ${this.at.y - this.offset.y}px) rotate(1.2deg)` }

  private aim(): void {
    const below = document.elementFromPoint(this.at.x, this.at.y)?.closest<HTMLElement>('[data-drop]') ?? null
    if (below === this.over) return
    if (this.over) delete this.over.dataset['over']
    this.over = below
    if (below) below.dataset['over'] = 'true'
  }

  /** Near an edge the board goes on sideways, the column under the pointer up and down. */
  private scroll(): void {
    const box = this.board.getBoundingClientRect()
    const side = this.at.x < box.left + EDGE_PX ? -1 : this.at.x > box.right - EDGE_PX ? 1 : 0
    if (side) this.board.scrollLeft += side * SCROLL_PX
    const list = document.elementFromPoint(this.at.x, this.at.y)?.closest<HTMLElement>('.column-list')
    if (list) {
      const inside = list.getBoundingClientRect()
      const way = this.at.y < inside.top + EDGE_PX ? -1 : this.at.y > inside.bottom - EDGE_PX ? 1 : 0
      if (way) list.scrollTop += way * SCROLL_PX
    }
    if (side) this.aim()
    this.frame = requestAnimationFrame(() => this.scroll())
  }

  stop(target: string | null): void {
    const wasDragging = this.ghost !== null
    this.listening.abort()
    clearTimeout(this.rest)
    cancelAnimationFrame(this.frame)
    this.ghost?.remove()
    if (this.over) delete this.over.dataset['over']
    delete this.card.dataset['dragged']
    this.done()
    if (!wasDragging) return
    const swallow = (click: Event): void => { click.preventDefault(); click.stopPropagation() }
    addEventListener('click', swallow, { capture: true, once: true })
    setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0)
    this.handlers.onEnd(this.id, target)
  }
}
