// Records of one kind as rows that are edited where they stand: what a field is decides how. A change is
// written when the cell is left, and can be undone; what others change appears, and where they wrote the same
// meanwhile the person chooses.
import { useEffect, useRef, useState } from 'preact/hooks'
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-preact'
import { get, request } from '../data/api'
import { onHint } from '../data/live'
import { writeOver, type Conflict } from '../data/records'
import { entity as findEntity, loadMeta, meta } from '../data/session'
import type { Entity, Field, Page, RecordData, Reference, Value } from '../data/types'
import { offerUndo, sayProblem } from '../data/undo'
import { fromDraft, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import type { Option } from '../kit/Combobox'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { titleOf } from '../pages/columns'
import { FateDialog } from './FateDialog'
import { planWishes } from './plan'
import { ta } from './texts'

export interface RowsProps {
  entity: string
  sort: string
  fields: string[]
  where?: string
  /** Given to each new row. */
  fixed?: Record<string, unknown>
  /** The field that keeps the order, moved by buttons and Alt with arrows. */
  order?: string
  /** Rows are not deleted here. */
  keeps?: boolean
  /** Rows that records may stand in: how a plan of definitions names one, and what its records may become. */
  fate?: { subject: (record: RecordData) => string; key: string; among?: (record: RecordData, other: RecordData) => boolean; leaves?: boolean }
  /** Texts that are one of a few, as people call them; of references, by id. */
  options?: Record<string, Option[]>
  /** Instead of the field's own editor. */
  cells?: Record<string, (record: RecordData, write: (value: unknown) => Promise<boolean>) => preact.JSX.Element>
}

const RELOAD_PAUSE_MS = 400

export function useRows(entity: string, query: Record<string, string>): { rows: RecordData[] | null; problem: unknown; reload: () => Promise<void> } {
  const [rows, setRows] = useState<RecordData[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const key = JSON.stringify([entity, query])
  const reload = async (): Promise<void> => {
    try { setRows((await get<Page>(`records/${entity}`, { ...query, limit: 500 })).records); setProblem(null) } catch (error) { setProblem(error) }
  }
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    void reload()
    const stop = onHint((hint) => { if (!hint || hint.entity === entity) timer ??= setTimeout(() => { timer = undefined; void reload() }, RELOAD_PAUSE_MS) })
    return () => { stop(); clearTimeout(timer) }
  }, [key])
  return { rows, problem, reload }
}

export function Rows({ entity: name, sort, fields, where, fixed = {}, order, keeps, fate, options = {}, cells = {} }: RowsProps) {
  const entity = findEntity(name)
  const { rows, problem, reload } = useRows(name, { sort, ...(where ? { where } : {}) })
  const [asking, setAsking] = useState<RecordData | null>(null)
  if (!entity) return null
  if (problem !== null) return <ErrorCard error={problem} retry={() => void reload()} />
  const shown = fields.flatMap((item) => entity.fields.filter((field) => field.name === item))
  const again = async (): Promise<void> => { await reload(); await loadMeta() }
  /** `record`: as it was when editing began. */
  const write = async (record: RecordData, wished: Conflict['wished']): Promise<boolean> => {
    try {
      await writeOver(entity, record, wished, () => void again())
      await again()
      return true
    } catch (error) { sayProblem(error); await reload(); return false }
  }
  const remove = async (record: RecordData): Promise<void> => {
    try {
      const subject = fate?.subject(record)
      if (subject && (await planWishes({ drop: [subject] })).steps.some((step) => step.subject === subject && step.step === 'refused')) return setAsking(record)
      const { changeset } = await request('DELETE', `records/${name}/${record.id}`)
      offerUndo(t('deleted', { what: titleOf(entity, record) }), changeset, () => void again())
      await again()
    } catch (error) { sayProblem(error) }
  }
  const move = async (from: number, to: number): Promise<void> => {
    const next = [...(rows ?? [])]
    const [moved] = next.splice(from, 1)
    if (!moved || !order || to < 0 || to > next.length) return
    next.splice(to, 0, moved)
    const operations = next.flatMap((record, index) => (record[order] === index ? [] : [{ op: 'update', entity: name, id: record.id, set: { [order]: index } }]))
    try {
      const { changeset } = await request('POST', 'batch', { body: { operations } })
      offerUndo(t('changed', { what: titleOf(entity, moved) }), changeset, () => void again())
      await again()
    } catch (error) { sayProblem(error) }
  }
  return (
    <>
      {rows?.length === 0 && <p class="hint">{ta('rows_none')}</p>}
      <div class="scroll-box rows-box" hidden={rows?.length === 0} tabIndex={0} role="region" aria-label={entity.label_plural}>
        <table class="grid-rows editable">
          <thead><tr>{shown.map((field) => <th scope="col" key={field.name}>{field.label}</th>)}<th><span class="visually-hidden">{t('actions')}</span></th></tr></thead>
          <tbody>
            {rows?.map((record, index) => (
              <tr key={record.id} onKeyDown={(event) => { const step = order && event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : 0; if (step) { event.preventDefault(); void move(index, index + step) } }}>
                {shown.map((field) => (
                  <td key={field.name}>
                    {cells[field.name]?.(record, (value) => write(record, { [field.name]: { wire: value, shown: value as Value } })) ??
                      <Cell entity={entity} field={field} record={record} options={options[field.name]} onWrite={(base, wire, shown) => write(base, { [field.name]: { wire, shown } })} />}
                  </td>
                ))}
                <td class="row-actions">
                  {order && <button type="button" class="button quiet icon tiny" disabled={index === 0} aria-label={t('move_up', { what: titleOf(entity, record) })} onClick={() => void move(index, index - 1)}><ArrowUp size={13} aria-hidden="true" /></button>}
                  {order && <button type="button" class="button quiet icon tiny" disabled={index === rows.length - 1} aria-label={t('move_down', { what: titleOf(entity, record) })} onClick={() => void move(index, index + 1)}><ArrowDown size={13} aria-hidden="true" /></button>}
                  {entity.can.delete && !keeps && <button type="button" class="button quiet icon tiny" aria-label={`${t('delete')}: ${titleOf(entity, record)}`} onClick={() => void remove(record)}><Trash2 size={13} aria-hidden="true" /></button>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {asking && fate && <FateDialog subject={fate.subject(asking)} label={titleOf(entity, asking)} leaves={!!fate.leaves} onClose={() => setAsking(null)} onDone={again}
        others={rows?.filter((other) => other.id !== asking.id && (fate.among?.(asking, other) ?? true)).map((other) => ({ value: String(other[fate.key]), label: titleOf(entity, other) })) ?? []} />}
      {entity.can.create && <AddRow entity={entity} fields={shown.filter((field) => !cells[field.name]).slice(0, 3)} options={options} fixed={{ ...fixed, ...(order ? { [order]: Math.max(-1, ...(rows ?? []).map((row) => Number(row[order] ?? -1))) + 1 } : {}) }} onDone={again} />}
    </>
  )
}

const atOnce = new Set(['boolean', 'choice', 'ref'])

function Cell({ entity, field, record, options, onWrite }: { entity: Entity; field: Field; record: RecordData; options: Option[] | undefined; onWrite: (base: RecordData, wire: unknown, shown: Value) => Promise<boolean> }) {
  const kept = toDraft(field, (record[field.name] ?? null) as Value)
  const [draft, setDraft] = useState<Draft>(kept)
  const begun = useRef<RecordData | null>(null)
  useEffect(() => { if (!begun.current) setDraft(kept) }, [record.version])
  const edit = (next: Draft): void => { begun.current ??= record; setDraft(next) }
  const id = `cell-${record.id}-${field.name}`
  const commit = (next: Draft): void => {
    const base = begun.current ?? record
    begun.current = null
    if (JSON.stringify(next) === JSON.stringify(toDraft(field, (base[field.name] ?? null) as Value))) { setDraft(kept); return }
    const wire = fromDraft(field, next, meta.value?.company.currency ?? '')
    void onWrite(base, wire, (field.type === 'ref' ? next : wire) as Value).then((fine) => { if (!fine) setDraft(kept) })
  }
  return (
    <div class="cell" onFocusOut={() => { if (!atOnce.has(field.type)) commit(draft) }}
      onKeyDown={(event) => { if (event.key === 'Enter') (event.target as HTMLElement).blur(); else if (event.key === 'Escape') { begun.current = null; setDraft(kept) } }}>
      <label class="visually-hidden" for={id}>{field.label}: {titleOf(entity, record)}</label>
      {options
        ? <OneOf field={field} id={id} draft={draft} options={options} onDraft={(next) => { edit(next); commit(next) }} />
        : <FieldInput field={field} entity={entity.name} id={id} draft={draft} onDraft={(next) => { edit(next); if (atOnce.has(field.type)) commit(next) }} />}
    </div>
  )
}

interface OneOfProps { field: Field; id: string; draft: Draft; options: Option[]; onDraft: (draft: Draft) => void }

function OneOf({ field, id, draft, options, onDraft }: OneOfProps) {
  const value = field.type === 'ref' ? (draft as Reference | null)?.id ?? '' : String(draft ?? '')
  const pick = (next: string): void => onDraft(field.type !== 'ref' ? next : next ? { id: next, title: options.find((option) => option.value === next)?.label ?? '' } : null)
  return (
    <select id={id} class="input" value={value} onChange={(event) => pick(event.currentTarget.value)}>
      {!options.some((option) => option.value === value) && <option value={value}>{value}</option>}
      {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
    </select>
  )
}

function AddInput({ entity, field, options, draft, onDraft }: { entity: Entity; field: Field; options: Option[] | undefined; draft: Draft; onDraft: (draft: Draft) => void }) {
  const id = `add-${entity.name}-${field.name}`
  return options ? <OneOf field={field} id={id} draft={draft} options={options} onDraft={onDraft} /> : <FieldInput field={field} entity={entity.name} id={id} draft={draft} onDraft={onDraft} />
}

function AddRow({ entity, fields, options, fixed, onDone }: { entity: Entity; fields: Field[]; options: Record<string, Option[]>; fixed: Record<string, unknown>; onDone: () => Promise<void> }) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const add = async (event: Event): Promise<void> => {
    event.preventDefault()
    const values = Object.fromEntries(fields.flatMap((field) => (drafts[field.name] === undefined ? [] : [[field.name, fromDraft(field, drafts[field.name]!, meta.value?.company.currency ?? '')]])))
    try {
      const { body, changeset } = await request<RecordData>('POST', `records/${entity.name}`, { body: { ...fixed, ...values } })
      offerUndo(t('created', { what: titleOf(entity, body) }), changeset, () => void onDone())
      setDrafts({})
      await onDone()
    } catch (error) { sayProblem(error) }
  }
  return (
    <form class="add-row" onSubmit={(event) => void add(event)}>
      {fields.map((field) => (
        <div class="field" key={field.name}>
          <label for={`add-${entity.name}-${field.name}`}>{field.label}</label>
          <AddInput entity={entity} field={field} options={options[field.name]} draft={drafts[field.name] ?? toDraft(field, null)} onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
        </div>
      ))}
      <Button type="submit" look="primary"><Plus size={14} aria-hidden="true" />{ta('add_row', { what: entity.label })}</Button>
    </form>
  )
}
