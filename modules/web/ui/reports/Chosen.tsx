// A list of chosen parts: added by typing, moved and taken away from a menu, each by keys as well.
import { useState } from 'preact/hooks'
import { GripVertical } from 'lucide-preact'
import { Combobox } from '../kit/Combobox'
import { Menu, type MenuItem } from '../kit/Menu'
import { t } from '../locale/i18n'
import { tr } from './texts'

export interface Part { name: string; label: string; hint?: string; unfit?: string }
interface Props {
  label: string; add: string; all: Part[]; chosen: string[]; free: Part[]; most: number
  /** Where else a part can go. */
  aside?: { label: string; run: (name: string) => void }
  onAdd: (name: string) => void; onRemove: (name: string) => void; onMove: (from: number, to: number) => void
}

export function Chosen({ label, add, all, chosen, free, most, aside, onAdd, onRemove, onMove }: Props) {
  const [typed, setTyped] = useState('')
  const [dragged, setDragged] = useState(-1)
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const options = free.filter((part) => words.every((word) => part.label.toLowerCase().includes(word))).map((part) => ({ value: part.name, label: part.label, ...(part.hint ? { hint: part.hint } : {}) }))
  const menu = (name: string, at: number): MenuItem[] => [
    ...(at > 0 ? [{ label: tr('earlier'), run: () => onMove(at, at - 1) }] : []),
    ...(at + 1 < chosen.length ? [{ label: tr('later'), run: () => onMove(at, at + 1) }] : []),
    ...(aside ? [{ label: aside.label, run: () => aside.run(name) }] : []),
    { label: t('remove'), icon: 'x', run: () => onRemove(name) },
  ]
  return (
    <fieldset class="builder-part"><legend>{label}</legend>
      {chosen.length > 0 && <ol class="builder-chosen">
        {chosen.map((name, at) => {
          const part = all.find((one) => one.name === name)
          return (
            <li key={name} draggable data-dragged={dragged === at || undefined} data-unfit={part?.unfit ? true : undefined}
              onDragStart={(event) => { setDragged(at); event.dataTransfer?.setData('text/plain', name) }} onDragEnd={() => setDragged(-1)}
              onDragOver={(event) => { if (dragged >= 0) event.preventDefault() }} onDrop={(event) => { event.preventDefault(); if (dragged >= 0 && dragged !== at) onMove(dragged, at); setDragged(-1) }}>
              <GripVertical size={13} aria-hidden="true" /><span class="grow">{part?.label ?? name}{part?.unfit && <small>{part.unfit}</small>}</span>
              <Menu label={tr('change_part', { what: part?.label ?? name })} class="button quiet icon tiny" items={menu(name, at)}>⋯</Menu>
            </li>
          )
        })}
      </ol>}
      {chosen.length < most && <Combobox label={add} text="" placeholder={add} options={options} onSearch={setTyped} onChoose={(option) => onAdd(option.value)} />}
    </fieldset>
  )
}
