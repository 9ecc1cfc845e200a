// A text in which @ offers people; who is named is kept beside the text.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { findReferences } from '../data/records'
import { entity as findEntity } from '../data/session'
import type { Reference } from '../data/types'

interface Props {
  id: string
  text: string
  rows: number
  placeholder: string
  people: Reference[]
  invalid?: boolean
  describedBy?: string | undefined
  onText: (text: string) => void
  onPeople: (people: Reference[]) => void
}
const WORD = /(^|[\s(])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]*)?)$/u

export function MentionInput({ id, text, rows, placeholder, people, invalid, describedBy, onText, onPeople }: Props) {
  const [found, setFound] = useState<Reference[]>([])
  const [at, setAt] = useState(0)
  const input = useRef<HTMLTextAreaElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const abort = useRef<AbortController | null>(null)
  const open = found.length > 0
  useLayoutEffect(() => {
    const panel = list.current
    if (!panel || !input.current) return
    if (open !== panel.matches(':popover-open')) panel.togglePopover(open)
    const box = input.current.getBoundingClientRect()
    panel.style.left = `${box.left + 8}px`
    panel.style.top = `${Math.min(box.bottom + 2, innerHeight - panel.offsetHeight - 8)}px`
  })
  const typed = (): string | null => {
    const field = input.current
    const word = field ? WORD.exec(field.value.slice(0, field.selectionStart)) : null
    return word ? word[2]! : null
  }
  const look = (): void => {
    const users = findEntity('user')
    const word = typed()
    abort.current?.abort()
    if (word === null || !users) { setFound([]); return }
    const own = (abort.current = new AbortController())
    findReferences(users, word, own.signal).then((rows_) => { setFound(rows_.slice(0, 8)); setAt(0) }).catch(() => {})
  }
  const choose = (person: Reference | undefined): void => {
    const field = input.current
    const word = typed()
    if (!person || !field || word === null) return
    const end = field.selectionStart
    const start = end - word.length - 1
    field.setRangeText(`@${person.title} `, start, end, 'end') // at once: who types on types behind it
    onText(field.value)
    if (!people.some((item) => item.id === person.id)) onPeople([...people, person])
    setFound([])
  }
  const keys = (event: KeyboardEvent): void => {
    if (!open) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) setAt((now) => (now + step + found.length) % found.length)
    else if (event.key === 'Enter' || event.key === 'Tab') choose(found[at])
    else if (event.key === 'Escape') setFound([])
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      <textarea ref={input} id={id} class="input" rows={rows} placeholder={placeholder} value={text} aria-invalid={invalid ? 'true' : undefined} aria-describedby={describedBy}
        aria-autocomplete="list" aria-controls={open ? `${id}-people` : undefined} aria-activedescendant={open ? `${id}-person-${at}` : undefined}
        onInput={(event) => { onText(event.currentTarget.value); look() }} onKeyDown={keys} onBlur={() => setFound([])} />
      <div ref={list} id={`${id}-people`} popover="manual" role="listbox" aria-label={findEntity('user')?.label_plural ?? ''} class="popover options" onMouseDown={(event) => event.preventDefault()}>
        {found.map((person, index) => <div key={person.id} id={`${id}-person-${index}`} role="option" aria-selected={index === at} class="option" onClick={() => choose(person)} onMouseMove={() => setAt(index)}><span>{person.title}</span></div>)}
      </div>
    </>
  )
}
