// Choose by typing: an input with a list of options below it (WAI-ARIA combobox, list autocomplete).
// Options come from the caller, who searches; nothing is chosen without Enter or a click.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { t } from '../locale/i18n'

export interface Option { value: string; label: string; hint?: string }
interface ComboboxProps {
  id?: string | undefined
  label: string
  text: string
  options: Option[]
  busy?: boolean
  invalid?: boolean
  autoFocus?: boolean
  placeholder?: string
  describedBy?: string | undefined
  onSearch: (text: string) => void
  onChoose: (option: Option) => void
  onClear?: (() => void) | undefined
  onLeave?: (() => void) | undefined
}

export function Combobox(props: ComboboxProps) {
  const { id, label, text, options, invalid, autoFocus, placeholder, describedBy, onSearch, onChoose, onClear, onLeave } = props
  const own = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => { if (autoFocus) input.current?.focus() }, [])
  useEffect(() => setAt(0), [options])
  useLayoutEffect(() => {
    const panel = list.current
    if (!open || !panel || !input.current) return
    if (!panel.matches(':popover-open')) panel.showPopover()
    const box = input.current.getBoundingClientRect()
    const room = innerHeight - box.bottom - 12
    panel.style.width = `${Math.max(box.width, 220)}px`
    panel.style.left = `${Math.min(box.left, innerWidth - Math.max(box.width, 220) - 8)}px`
    panel.style.top = room < Math.min(panel.offsetHeight, 200) && box.top > room ? `${box.top - panel.offsetHeight - 4}px` : `${box.bottom + 4}px`
    panel.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  })
  const show = (): void => { if (!open) { setOpen(true); onSearch('') } }
  const shut = (): void => { setOpen(false); setTyped(null) }
  const choose = (option: Option | undefined): void => { if (option) { shut(); onChoose(option) } }
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      if (open) setAt((now) => (now + step + options.length) % Math.max(options.length, 1))
      else show()
    } else if (event.key === 'Enter' && open) { event.preventDefault(); event.stopPropagation(); if (typed === '' && onClear) { shut(); onClear() } else choose(options[at]) }
    else if (event.key === 'Escape' && open) { event.preventDefault(); event.stopPropagation(); shut() }
  }
  return (
    <div class="combobox" onFocusOut={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) { shut(); onLeave?.() } }}>
      <input ref={input} id={id} class="input" role="combobox" aria-label={label} aria-expanded={open} aria-controls={`${own}-list`} aria-autocomplete="list" autocomplete="off" spellcheck={false}
        aria-activedescendant={open && options[at] ? `${own}-${at}` : undefined} aria-invalid={invalid ? 'true' : undefined} aria-describedby={describedBy} placeholder={placeholder ?? t('choose')}
        value={typed ?? text} onClick={show} onKeyDown={keys} onInput={(event) => { setTyped(event.currentTarget.value); setOpen(true); onSearch(event.currentTarget.value) }} />
      <div ref={list} id={`${own}-list`} popover="manual" role="listbox" aria-label={label} class="popover options" onMouseDown={(event) => event.preventDefault()}>
        {open && options.map((option, index) => (
          <div key={option.value} id={`${own}-${index}`} role="option" aria-selected={index === at} class="option" onMouseMove={() => setAt(index)} onClick={() => choose(option)}>
            <span>{option.label}</span>{option.hint && <small>{option.hint}</small>}
          </div>
        ))}
        {open && options.length === 0 && <div class="option-note" role="option" aria-selected="false" aria-disabled="true">{t('no_results')}</div>}
      </div>
    </div>
  )
}
