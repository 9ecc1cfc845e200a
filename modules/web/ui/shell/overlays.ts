// Which of the frame's overlays is open, and what is typed for it before its part of the program is here.
import { signal } from '@preact/signals'

export type Overlay = 'palette' | 'keys' | 'settings' | null
export const overlay = signal<Overlay>(null)
let ahead = ''

export const closeOverlay = (): void => { overlay.value = null; ahead = '' }

/** Takes a key that is pressed while an overlay is asked for and not yet drawn; false: it is not waiting. */
export function typeAhead(event: KeyboardEvent): boolean {
  if (!overlay.peek() || document.querySelector('dialog[open]')) return false
  if (event.key === 'Escape') closeOverlay()
  else if (event.key === 'Backspace') ahead = ahead.slice(0, -1)
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) ahead += event.key
  else return event.key === 'Enter'
  return true
}

/** What was typed ahead, once. */
export function takeAhead(): string {
  const text = ahead
  ahead = ''
  return text
}
