// The fields of a record, each edited where it stands.
import { useState } from 'preact/hooks'
import { updateField } from '../data/records'
import { meta } from '../data/session'
import type { Entity, Field, RecordData } from '../data/types'
import { isEditable } from '../field/draft'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import { recordFields } from './columns'
import { FieldRow } from './FieldRow'

export function Fields({ entity, record }: { entity: Entity; record: RecordData }) {
  const [all, setAll] = useState(false)
  const { main, more } = recordFields(entity, record)
  const fields = all ? [...main, ...more] : main
  const save = async (field: Field, base: RecordData, value: unknown, shown: RecordData[string]): Promise<void> => {
    await updateField(entity, base, field.name, value, shown)
  }
  return (
    <>
      <h2 class="section-title">{t('details')}</h2>
      <dl class="fields">
        {fields.map((field) => (
          <FieldRow key={`${record.id}/${field.name}`} entity={entity} record={record} field={field} editable={entity.can.update && isEditable(field)}
            currency={meta.value?.company.currency ?? ''} onSave={save} />
        ))}
      </dl>
      {more.length > 0 && <Button look="quiet" onClick={() => setAll(!all)} aria-expanded={all}>{all ? t('fewer_fields') : t('all_fields')}</Button>}
    </>
  )
}
