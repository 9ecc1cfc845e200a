// The fields of a record, each edited where it stands; those whose condition does not hold are away.
import { useState } from 'preact/hooks'
import { updateField } from '../data/records'
import { meta } from '../data/session'
import type { Entity, Field, RecordData } from '../data/types'
import { isEditable } from '../field/draft'
import { Button } from '../kit/Button'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { recordFields } from '../pages/columns'
import { useParameter } from './address'
import { holds } from './conditions'
import { FieldRow } from './FieldRow'

const FieldHistory = lazy<{ entity: Entity; id: string; field: Field; onClose: () => void }>(() => import('./FieldHistory').then((module) => module.FieldHistory))

/** `locked`: nothing is written here, as of the past. */
export function Fields({ entity, record, locked = false }: { entity: Entity; record: RecordData; locked?: boolean }) {
  const [all, setAll] = useState(false)
  const [historyOf, showHistory] = useParameter('history')
  const { main, more } = recordFields(entity, record)
  const seen = (field: Field): boolean => !(field.type === 'links' && !field.standard) && holds(field.visible_when, record, true)
  const needed = (field: Field): boolean => field.required === true || holds(field.required_when, record, false)
  const rest = more.filter((field) => seen(field) && !needed(field))
  const fields = [...main, ...more.filter(needed), ...(all ? rest : [])].filter(seen)
  const asked = entity.fields.find((field) => field.name === historyOf)
  const save = async (field: Field, base: RecordData, value: unknown, shown: RecordData[string]): Promise<void> => {
    await updateField(entity, base, field.name, value, shown)
  }
  return (
    <>
      <h2 class="section-title">{t('details')}</h2>
      <dl class="fields">
        {fields.map((field) => (
          <FieldRow key={`${record.id}/${field.name}`} entity={entity} record={record} field={field} editable={!locked && entity.can.update && isEditable(field)} needed={needed(field)}
            currency={meta.value?.company.currency ?? ''} onSave={save} onHistory={() => showHistory(field.name)} />
        ))}
      </dl>
      {rest.length > 0 && <Button look="quiet" onClick={() => setAll(!all)} aria-expanded={all}>{all ? t('fewer_fields') : t('all_fields')}</Button>}
      {asked && <FieldHistory entity={entity} id={record.id} field={asked} onClose={() => showHistory('')} />}
    </>
  )
}
