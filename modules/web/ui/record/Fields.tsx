// The fields of a record, each edited where it stands, in the sections that a layout declares or in the
// program's own order; those whose condition does not hold are away.
import { updateField } from '../data/records'
import { fieldsFor, meta, viewsOf } from '../data/session'
import type { Entity, Field, RecordData } from '../data/types'
import { isEditable } from '../field/draft'
import { Button } from '../kit/Button'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { recordFields } from '../pages/columns'
import { useParameter } from '../shell/address'
import { holds } from './conditions'
import { FieldRow } from './FieldRow'
import './record.css'

const FieldHistory = lazy<{ entity: Entity; id: string; field: Field; onClose: () => void }>(() => import('./FieldHistory').then((module) => module.FieldHistory))

interface Section { name: string; label: string; fields: Field[] }

/** What a layout shows, section by section, and what it leaves for "all fields"; null without one. */
function laidOut(entity: Entity, record: RecordData, seen: (field: Field) => boolean): { sections: Section[]; rest: Field[] } | null {
  const views = viewsOf('section', entity.name)
  if (views.length === 0) return null
  const placed = new Set(views.flatMap((view) => fieldsFor(view, 'show').map((field) => field.name)))
  const sections = views
    .filter((view) => holds(view.where, record, true))
    .map((view): Section => ({ name: view.name, label: view.label ?? '', fields: fieldsFor(view, 'show').filter((field) => holds(field.visible_when, record, true)) }))
  const { main, more } = recordFields(entity, record)
  return { sections: sections.filter((section) => section.fields.length > 0), rest: [...main, ...more].filter((field) => !placed.has(field.name) && seen(field)) }
}

/** `locked`: nothing is written here, as of the past. `place`: whose parts of the address these are, where two records are shown. */
export function Fields({ entity, record, locked = false, place = '' }: { entity: Entity; record: RecordData; locked?: boolean; place?: string }) {
  const [shownAll, setAll] = useParameter(`${place}all`, true)
  const all = shownAll !== ''
  const [historyOf, showHistory] = useParameter(`${place}history`)
  const seen = (field: Field): boolean => !(field.type === 'links' && !field.standard) && holds(field.visible_when, record, true)
  const needed = (field: Field): boolean => field.required === true || holds(field.required_when, record, false)
  const layout = laidOut(entity, record, seen)
  const { main, more } = recordFields(entity, record)
  const rest = (layout?.rest ?? more.filter(seen)).filter((field) => !needed(field))
  const demanded = (layout?.rest ?? more.filter(seen)).filter(needed)
  const sections = layout
    ? [...layout.sections, ...(demanded.length > 0 ? [{ name: '', label: t('details'), fields: demanded }] : [])]
    : [{ name: '', label: t('details'), fields: [...main.filter(seen), ...demanded, ...(all ? rest : [])] }]
  const asked = entity.fields.find((field) => field.name === historyOf)
  const save = async (field: Field, base: RecordData, value: unknown, shown: RecordData[string]): Promise<void> => {
    await updateField(entity, base, field.name, value, shown)
  }
  const rows = (fields: Field[]) => (
    <dl class="fields">
      {fields.map((field) => (
        <FieldRow key={`${record.id}/${field.name}`} entity={entity} record={record} field={field} editable={!locked && entity.can.update && isEditable(field)} needed={needed(field)}
          currency={meta.value?.company.currency ?? ''} onSave={save} onHistory={() => showHistory(field.name)} />
      ))}
    </dl>
  )
  return (
    <>
      {sections.map((section) => <div class="field-section" key={section.name}><h2 class="section-title">{section.label || t('details')}</h2>{rows(section.fields)}</div>)}
      {layout && all && rows(rest)}
      {rest.length > 0 && <Button look="quiet" class="flush" onClick={() => setAll(all ? '' : '1')} aria-expanded={all}>{all ? t('fewer_fields') : t('all_fields')}</Button>}
      {asked && <FieldHistory entity={entity} id={record.id} field={asked} onClose={() => showHistory('')} />}
    </>
  )
}
