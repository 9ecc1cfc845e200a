// Picks a record by typing.
import { useEffect, useRef, useState } from 'preact/hooks'
import { findReferences } from '../data/records'
import { entity as findEntity } from '../data/session'
import type { Reference } from '../data/types'
import { Combobox, type Option } from '../kit/Combobox'

const PAUSE_MS = 120
export interface ReferencePickerProps {
  id?: string | undefined
  entity: string
  value: Reference | null
  label: string
  invalid?: boolean
  autoFocus?: boolean
  describedBy?: string | undefined
  placeholder?: string
  onPick: (value: Reference | null) => void
  onLeave?: (() => void) | undefined
}

export function ReferencePicker({ id, entity, value, label, invalid, autoFocus, describedBy, placeholder, onPick, onLeave }: ReferencePickerProps) {
  const [options, setOptions] = useState<Option[]>([])
  const abort = useRef<AbortController | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>()
  const target = findEntity(entity)
  const search = (text: string): void => {
    if (!target) return
    clearTimeout(timer.current)
    abort.current?.abort()
    const current = (abort.current = new AbortController())
    const ask = (): void => {
      findReferences(target, text, current.signal)
        .then((found) => setOptions(found.map((row) => ({ value: row.id, label: row.title }))))
        .catch(() => {})
    }
    if (text) timer.current = setTimeout(ask, PAUSE_MS)
    else ask()
  }
  useEffect(() => () => { abort.current?.abort(); clearTimeout(timer.current) }, [])
  return (
    <Combobox id={id} label={label} text={value?.title ?? ''} options={options} invalid={invalid ?? false} autoFocus={autoFocus ?? false} describedBy={describedBy} {...(placeholder ? { placeholder } : {})} onSearch={search}
      onChoose={(option) => onPick({ id: option.value, title: option.label })} onClear={() => onPick(null)} onLeave={onLeave} />
  )
}
