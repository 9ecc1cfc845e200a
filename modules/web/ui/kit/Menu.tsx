// A button that opens a menu: arrows move, letters jump, Enter does, Escape goes back.
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Check } from 'lucide-preact'
import { Icon } from './Icon'
import { Keys } from './Keys'
import { Popover } from './Popover'

export interface MenuItem {
  label: string
  icon?: string
  keys?: string
  /** One of several, or on and off. */
  checked?: boolean
  danger?: boolean
  disabled?: boolean
  /** Draws a line, and its text if it has one, above this item. */
  section?: string | true
  run: () => void
}

/** `items` as a function are asked for when the menu opens. */
interface MenuProps { label: string; items: MenuItem[] | (() => MenuItem[]); children: ComponentChildren; class?: string; align?: 'start' | 'end'; id?: string }

export function moveFocus(event: KeyboardEvent, panel: HTMLElement, selector: string): void {
  const all = [...panel.querySelectorAll<HTMLElement>(selector)]
  const at = all.indexOf(document.activeElement as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
  const letter = event.key.length === 1 && event.key !== ' ' ? event.key.toLowerCase() : ''
  const found = to !== undefined ? all[(to + all.length) % all.length]
    : letter ? [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) => item.textContent?.trim().toLowerCase().startsWith(letter)) : undefined
  if (!found) return
  event.preventDefault()
  event.stopPropagation()
  found.focus()
}

export function Menu({ label, items, children, class: look = 'button quiet', align = 'end', id }: MenuProps) {
  const [open, setOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const choose = (item: MenuItem): void => { setOpen(false); opener.current?.focus(); item.run() }
  return (
    <>
      <button ref={opener} id={id} type="button" class={look} aria-haspopup="menu" aria-expanded={open} aria-label={/\bicon\b/.test(look) ? label : undefined} title={label} onClick={() => setOpen(!open)}>{children}</button>
      {open && (
        <Popover anchor={opener} label={label} role="menu" class="menu" align={align} onClose={() => setOpen(false)}>
          <MenuItems items={typeof items === 'function' ? items() : items} onChoose={choose} />
        </Popover>
      )}
    </>
  )
}

export function MenuItems({ items, onChoose }: { items: MenuItem[]; onChoose: (item: MenuItem) => void }) {
  const keys = (event: KeyboardEvent): void => moveFocus(event, event.currentTarget as HTMLElement, '[role^="menuitem"]:not(:disabled)')
  return (
    <div class="menu-items" role="presentation" onKeyDown={keys}>
      {items.map((item) => (
        <>
          {item.section && <div class={item.section === true ? 'menu-line' : 'menu-section'} role="presentation">{item.section === true ? '' : item.section}</div>}
          <button key={item.label} type="button" class={`menu-item${item.danger ? ' danger' : ''}`} disabled={item.disabled ?? false}
            role={item.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={item.checked} onClick={() => onChoose(item)}>
            {item.icon && <Icon name={item.icon} size={14} />}
            <span class="grow">{item.label}</span>
            {item.checked && <Check size={14} aria-hidden="true" />}
            <Keys keys={item.keys} />
          </button>
        </>
      ))}
    </div>
  )
}
