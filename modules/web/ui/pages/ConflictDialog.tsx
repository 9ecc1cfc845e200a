// Somebody changed the same thing meanwhile: field by field, theirs or mine.
import { useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { conflict, writeFields } from '../data/records'
import { sayProblem } from '../data/undo'
import { isReference, type Value } from '../data/types'
import { actorName, formatTime, formatValue } from '../format/format'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t, textsOf } from '../locale/i18n'
import en from '../locale/conflict_en.json'
import ru from '../locale/conflict_ru.json'
import './conflict.css'

const tw = textsOf({ en, ru })

export function ConflictDialog() {
  const open = conflict.value
  const [mine, setMine] = useState<Record<string, boolean>>({})
  if (!open) return null
  const { entity, base, current, wished } = open
  const close = (): void => { conflict.value = null; open.onDone(current) }
  const changed = entity.fields.filter((field) => !field.read_only && JSON.stringify(base[field.name]) !== JSON.stringify(current[field.name]) && base[field.name] !== undefined)
  const fields = [...entity.fields.filter((field) => field.name in wished), ...changed.filter((field) => !(field.name in wished))]
  const takesMine = (name: string): boolean => mine[name] ?? name in wished
  const shownMine = (name: string): Value | undefined => (name in wished ? wished[name]?.shown : base[name])
  const wire = (name: string): unknown => {
    const value = base[name]
    return name in wished ? wished[name]?.wire : value && typeof value === 'object' && 'id' in value ? value.id : value
  }
  const save = async (): Promise<void> => {
    const values = Object.fromEntries(fields.filter((field) => takesMine(field.name)).map((field) => [field.name, wire(field.name)]))
    try {
      const record = Object.keys(values).length ? await (open.write?.(values) ?? writeFields(entity, current, values)) : current
      conflict.value = null
      open.onDone(record)
    } catch (error) {
      sayProblem(error)
      if (error instanceof Problem && error.status === 412) close()
    }
  }
  const by = current['updated_by']
  const who = actorName(isReference(by) ? by : null)
  const at = typeof current['updated_at'] === 'string' ? formatTime(current['updated_at']) : ''
  return (
    <Dialog label={tw('title')} class="conflict" onClose={close}>
      <div class="dialog-body">
        <p>{who ? tw('text', { who, at }) : tw('text_somebody')}</p>
        {fields.map((field) => (
          <fieldset key={field.name} class="choice">
            <legend>{field.label}</legend>
            {[true, false].map((own) => (
              <label key={String(own)}>
                <input type="radio" name={`conflict-${field.name}`} checked={takesMine(field.name) === own} onChange={() => setMine({ ...mine, [field.name]: own })} />
                <span><strong>{formatValue(field, own ? shownMine(field.name) : current[field.name]) || t('blank')}</strong><small>{own ? (field.name in wished ? tw('mine') : tw('before')) : who ? tw('theirs', { who }) : tw('theirs_somebody')}</small></span>
              </label>
            ))}
          </fieldset>
        ))}
        <div class="actions"><Button onClick={close}>{t('cancel')}</Button><Button look="primary" onClick={() => void save()}>{t('save')}</Button></div>
      </div>
    </Dialog>
  )
}
