// A panel in the top layer beside its anchor: the browser closes it on Escape or a click elsewhere.
import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

export interface PopoverProps {
  anchor: RefObject<HTMLElement>
  label: string
  class?: string
  role?: 'dialog' | 'menu' | 'listbox'
  /** Beside the left or the right edge of the anchor. */
  align?: 'start' | 'end'
  children: ComponentChildren
  onClose: () => void
}
const GAP = 4
const EDGE = 8

function place(panel: HTMLElement, anchor: HTMLElement, align: 'start' | 'end'): void {
  const at = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = panel
  const left = align === 'end' ? at.right - width : at.left
  const below = at.bottom + GAP
  const fits = below + height <= innerHeight - EDGE || at.top < height + GAP + EDGE
  panel.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`
  panel.style.top = `${Math.max(EDGE, Math.min(fits ? below : at.top - height - GAP, innerHeight - height - EDGE))}px`
}

export function Popover({ anchor, label, class: look = '', role = 'dialog', align = 'start', children, onClose }: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null)
  const latest = useRef(onClose)
  latest.current = onClose
  useLayoutEffect(() => {
    const element = panel.current
    if (!element || !anchor.current) return
    element.showPopover()
    place(element, anchor.current, align)
    const first = element.querySelector<HTMLElement>('[autofocus], input, select, textarea, button, [tabindex="0"]')
    first?.focus()
    const toggled = (event: Event): void => { if ((event as ToggleEvent).newState === 'closed') latest.current() }
    element.addEventListener('toggle', toggled)
    const watch = new ResizeObserver(() => { if (anchor.current) place(element, anchor.current, align) })
    watch.observe(element)
    return () => { watch.disconnect(); element.removeEventListener('toggle', toggled) }
  }, [])
  useEffect(() => {
    const opener = document.activeElement === document.body ? null : anchor.current
    return () => { if (!document.activeElement || document.activeElement === document.body || panel.current?.contains(document.activeElement)) opener?.focus() }
  }, [])
  return <div ref={panel} popover="auto" role={role} aria-label={label} class={`popover ${look}`}>{children}</div>
}
