// Several records of one kind: each with a way to take it out, and a place to find another.
import { X } from 'lucide-preact'
import type { Field, Reference } from '../data/types'
import { ReferencePicker } from '../field/ReferencePicker'
import { t } from '../locale/i18n'

interface Props { id: string; field: Field; value: Reference[]; onChange: (value: Reference[]) => void }

export function LinksInput({ id, field, value, onChange }: Props) {
  return (
    <div class="links-input">
      {value.map((item) => (
        <span class="tag" key={item.id}><span>{item.title}</span>
          <button type="button" aria-label={`${t('remove')}: ${item.title}`} onClick={() => onChange(value.filter((other) => other.id !== item.id))}><X size={12} aria-hidden="true" /></button></span>
      ))}
      <ReferencePicker key={value.length} id={id} entity={field.ref ?? ''} value={null} label={field.label}
        onPick={(item) => { if (item && !value.some((other) => other.id === item.id)) onChange([...value, item]) }} />
    </div>
  )
}
