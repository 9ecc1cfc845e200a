// Picks a record by typing: a combobox whose behaviour comes from a headless machine.
import * as combobox from '@zag-js/combobox'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { findReferences } from '../data/records'
import { entity as findEntity } from '../data/session'
import type { Reference } from '../data/types'
import { t } from '../locale/i18n'

interface Item { value: string; label: string }
export interface ReferencePickerProps {
  id?: string | undefined
  entity: string
  value: Reference | null
  label: string
  invalid?: boolean
  autoFocus?: boolean
  onPick: (value: Reference | null) => void
  onLeave?: (() => void) | undefined
}

export function ReferencePicker({ id, entity, value, label, invalid, autoFocus, onPick, onLeave }: ReferencePickerProps) {
  const machineId = useId()
  const [items, setItems] = useState<Item[]>(value ? [{ value: value.id, label: value.title ?? value.id }] : [])
  const abort = useRef<AbortController | null>(null)
  const target = findEntity(entity)

  const search = (text: string): void => {
    if (!target) return
    abort.current?.abort()
    const current = (abort.current = new AbortController())
    findReferences(target, text, current.signal)
      .then((found) => setItems(found.map((row) => ({ value: row.id, label: row.title }))))
      .catch(() => {})
  }
  useEffect(() => () => abort.current?.abort(), [])

  const service = useMachine(combobox.machine as combobox.Machine<Item>, {
    id: machineId,
    ...(id ? { ids: { input: id } } : {}),
    collection: combobox.collection<Item>({ items, itemToValue: (item) => item.value, itemToString: (item) => item.label }),
    defaultValue: value ? [value.id] : [],
    openOnClick: true,
    ...(autoFocus ? { autoFocus: true } : {}),
    ...(invalid ? { invalid: true } : {}),
    onOpenChange: ({ open }: combobox.OpenChangeDetails) => { if (open) search('') },
    onInputValueChange: ({ inputValue, reason }: combobox.InputValueChangeDetails) => { if (reason === 'input-change') search(inputValue) },
    onValueChange: ({ value: chosen, items: picked }: combobox.ValueChangeDetails<Item>) => {
      const first = picked[0]
      onPick(chosen[0] && first ? { id: chosen[0], title: first.label } : null)
    },
    onInteractOutside: () => onLeave?.(),
  })
  const api = combobox.connect(service, normalizeProps)

  return (
    <div {...api.getRootProps()} class="picker">
      <div {...api.getControlProps()}>
        <input {...api.getInputProps()} class="input" placeholder={t('choose')} aria-label={label} aria-invalid={invalid ? 'true' : undefined} />
      </div>
      {api.open && (
        <div {...api.getContentProps()} class="picker-list">
          {items.length === 0 && <div class="picker-note">{t('no_results')}</div>}
          {items.map((item) => (
            <div {...api.getItemProps({ item })} class="picker-item" key={item.value}>{item.label}</div>
          ))}
        </div>
      )}
    </div>
  )
}
