// Keys as the registry knows them: physical letters, so that they work in a Russian layout too; off
// while somebody types or a dialog, menu or list of choices has the keyboard.
import { currentActions, type Action } from './actions'
import { typeAhead } from './overlays'

const SEQUENCE_MS = 1200
const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
const byCode: Record<string, string> = { Slash: '/', BracketLeft: '[', BracketRight: ']' }

/** Where a key is pressed, also inside a component of its own (a shadow root). */
const placeOf = (event: KeyboardEvent): HTMLElement => (event.composedPath()[0] ?? event.target) as HTMLElement

function isTyping(place: HTMLElement): boolean {
  return !!place.closest?.('input:not([type="checkbox"]), textarea, select, [contenteditable], dialog, [popover], [role="listbox"]')
}

/** How an event is written in the registry; Latin letters and signs whatever the layout. */
export function chordOf(event: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase()
  const latin = event.key.length === 1 && event.key.charCodeAt(0) < 128
  const key = letter ?? (event.key === '?' ? '?' : latin ? event.key : byCode[event.code] ?? event.key)
  const shifted = event.shiftKey && (key.length > 1 || letter !== undefined)
  return `${event.ctrlKey || event.metaKey ? 'Mod+' : ''}${event.altKey ? 'Alt+' : ''}${shifted ? 'Shift+' : ''}${key === ' ' ? 'Space' : key}`
}

const signs: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Mod: isMac ? '⌘' : 'Ctrl' }
/** How a person reads it: keys pressed together are one text, those pressed in turn several. */
export function keyTexts(keys: string): string[] {
  return keys.split(' ').map((chord) => chord.split('+').map((part) => signs[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(' '))
}

let pending = ''
let pendingTimer: ReturnType<typeof setTimeout> | undefined

function actionOf(chord: string, typing: boolean): Action | undefined {
  return currentActions().find((action) => action.keys === chord && (action.always || !typing))
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  if (typeAhead(event)) { event.preventDefault(); return }
  const place = placeOf(event)
  const typing = isTyping(place)
  const chord = chordOf(event)
  if ((chord === 'Enter' || chord === 'Space') && place.closest?.('a, button, summary, input')) return
  const action = (pending && actionOf(`${pending} ${chord}`, typing)) || actionOf(chord, typing)
  const begins = !typing && !pending && currentActions().some((item) => item.keys?.startsWith(`${chord} `))
  clearTimeout(pendingTimer)
  pending = begins ? chord : ''
  if (begins) pendingTimer = setTimeout(() => { pending = '' }, SEQUENCE_MS)
  if (begins && !action) { event.preventDefault(); return }
  if (!action) return
  event.preventDefault()
  void action.run()
}

export function listenToKeys(): () => void {
  document.addEventListener('keydown', press)
  return () => document.removeEventListener('keydown', press)
}
