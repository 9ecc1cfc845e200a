// Pipelines and their stages: order, kind, chance, days until stuck, what must be filled.
import { useRef, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { entity as findEntity, meta } from '../data/session'
import { referenceTitle } from '../format/format'
import type { RecordData } from '../data/types'
import { isEditable } from '../field/draft'
import { Popover } from '../kit/Popover'
import { Rows, useRows } from './Rows'
import { ta } from './texts'

export function Pipelines() {
  const [parameters, setParameters] = useSearchParams()
  const { rows } = useRows('pipeline', { sort: 'entity,position' })
  const chosen = rows?.find((row) => row.id === parameters.get('of')) ?? rows?.[0]
  const kinds = (meta.value?.entities ?? []).filter((entity) => entity.pipeline).map((entity) => ({ value: entity.name, label: entity.label_plural }))
  const about = (row: RecordData): string => `${findEntity(String(row['entity']))?.label_plural ?? String(row['entity'])}: ${referenceTitle({ id: row.id, title: String(row['name']) }, 'pipeline')}`
  return (
    <>
      <p class="hint">{ta('pipelines_text')}</p>
      <Rows entity="pipeline" sort="entity,position" fields={['entity', 'name', 'label_ru']} options={{ entity: kinds }}
        fate={{ subject: (row) => `${String(row['entity'])}/${String(row['name'])}`, key: 'name', among: (row, other) => row['entity'] === other['entity'] }} />
      <section class="import-check">
        <div class="field narrow">
          <label for="pipeline">{ta('stages')}</label>
          <select id="pipeline" class="input" value={chosen?.id ?? ''} onChange={(event) => setParameters({ of: event.currentTarget.value })}>
            {rows?.map((row) => <option key={row.id} value={row.id}>{about(row)}</option>)}
          </select>
        </div>
        {chosen && <Rows key={chosen.id} entity="stage" where={`pipeline == "${chosen.id}"`} sort="position" order="position" fixed={{ pipeline: chosen.id, kind: 'open' }}
          fate={{ subject: (row) => `${String(chosen['entity'])}/${String(chosen['name'])}/${String(row['name'])}`, key: 'name' }}
          fields={['name', 'label_ru', 'kind', 'probability', 'limit_days', 'required_fields']}
          cells={{ required_fields: (record, write) => <Needed entity={String(chosen['entity'])} record={record} onWrite={write} /> }} />}
      </section>
    </>
  )
}

/** The fields that a record needs in a stage. */
function Needed({ entity, record, onWrite }: { entity: string; record: RecordData; onWrite: (value: unknown) => Promise<boolean> }) {
  const [open, setOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const fields = findEntity(entity)?.fields.filter((field) => isEditable(field) && !field.standard) ?? []
  const kept = (record['required_fields'] ?? []) as unknown as string[]
  const names = fields.filter((field) => kept.includes(field.name)).map((field) => field.label)
  const toggle = (name: string): void => { void onWrite(kept.includes(name) ? kept.filter((item) => item !== name) : [...kept, name]) }
  return (
    <>
      <button ref={opener} type="button" class="input needed" aria-haspopup="dialog" aria-expanded={open} aria-label={`${names.join(', ') || '—'}. ${ta('stage_required')}: ${String(record['name'])}`} onClick={() => setOpen(!open)}>{names.join(', ') || '—'}</button>
      {open && (
        <Popover anchor={opener} label={ta('stage_required')} class="columns-panel" onClose={() => setOpen(false)}>
          <ul class="field-list" aria-label={ta('stage_required')}>
            {fields.map((field) => <li key={field.name} class="column-item"><label><input type="checkbox" checked={kept.includes(field.name)} onChange={() => toggle(field.name)} />{field.label}</label></li>)}
          </ul>
        </Popover>
      )}
    </>
  )
}
