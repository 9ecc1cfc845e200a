// One cell being edited: Enter saves and moves down, Tab saves and moves right, Escape leaves it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { loadRecord, recordSignal, updateField } from '../data/records'
import { meta } from '../data/session'
import { sayProblem } from '../data/undo'
import { isMoney, type RecordData } from '../data/types'
import { fromDraft, isEditable, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { FieldValue } from '../field/FieldValue'
import { t } from '../locale/i18n'
import type { Column } from './state'
import type { TableProps } from './Table'

export interface CellEditorProps extends TableProps { record: RecordData; index: number; column: Column }
const picks = new Set(['choice', 'ref', 'boolean'])

export function CellEditor(props: CellEditorProps) {
  const { entity, record, column: { field }, source, state, index, onEditing, onCursor } = props
  const base = useRef(record)
  const [draft, setDraft] = useState<Draft>(() => toDraft(field, record[field.name]))
  const [message, setMessage] = useState('')
  const left = useRef(false)
  const at = state.columns.findIndex((column) => column.field === field)
  const allowed = isEditable(field)
  useLayoutEffect(() => {
    if (!allowed) { sayProblem(t('not_editable', { what: field.label })); onEditing(false); return }
    const input = document.getElementById('cell-input') as HTMLInputElement | null
    input?.focus()
    if (input?.type === 'text') input.select()
  }, [])
  useEffect(() => () => { if (!left.current) return; document.querySelector<HTMLElement>('.list-scroll table')?.focus({ preventScroll: true }) }, [])
  if (!allowed) return <FieldValue field={field} value={record[field.name]} plain />

  const leave = (row: number, column: number, stay: boolean): void => {
    left.current = true
    onCursor({ row: Math.max(0, Math.min(row, source.count() - 1)), column: Math.max(0, Math.min(column, state.columns.length - 1)) })
    onEditing(stay)
    document.querySelector<HTMLElement>('.list-scroll table')?.focus({ preventScroll: true })
  }
  const save = async (chosen: Draft, row: number, column: number, stay: boolean): Promise<void> => {
    const before = base.current
    if (JSON.stringify(chosen) === JSON.stringify(toDraft(field, before[field.name]))) { leave(row, column, stay); return }
    const value = before[field.name]
    const wire = fromDraft(field, chosen, isMoney(value) ? value.currency : meta.value?.company.currency ?? '')
    const put = (next: RecordData): void => { source.rows.set(next.id, { ...source.rows.get(next.id), ...next }); source.version.value++ }
    recordSignal(entity.name, record.id).value ??= before
    put({ ...before, [field.name]: field.type === 'ref' ? (chosen as RecordData[string]) : (wire as RecordData[string]) })
    try {
      const saving = updateField(entity, before, field.name, wire, field.type === 'ref' ? (chosen as RecordData[string]) : (wire as RecordData[string]))
      if (field.type === 'choice' || field.type === 'ref' || field.type === 'boolean') leave(row, column, stay)
      put(await saving)
      if (!left.current) leave(row, column, stay)
    } catch (error) {
      put(before)
      const text = error instanceof Problem ? error.about(field.name) ?? error.message : String(error)
      if (left.current) sayProblem(error)
      else setMessage(text)
      void loadRecord(entity.name, record.id).catch(() => {})
    }
  }
  const keys = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return
    if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); leave(index, at, false) }
    if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); event.stopPropagation(); void save(draft, index + 1, at, false) }
    if (event.key === 'Tab') { event.preventDefault(); event.stopPropagation(); void save(draft, index, at + (event.shiftKey ? -1 : 1), at + (event.shiftKey ? -1 : 1) < state.columns.length && isEditable(state.columns[at + (event.shiftKey ? -1 : 1)]?.field ?? field)) }
  }
  return (
    <div class="cell-editor" onKeyDown={keys} onDblClick={(event) => event.stopPropagation()} title={message || undefined}>
      <label class="visually-hidden" for="cell-input">{field.label}</label>
      <FieldInput field={field} entity={entity.name} id="cell-input" draft={draft} invalid={message !== ''} autoFocus describedBy={message ? 'cell-error' : undefined} onDraft={setDraft}
        onDone={picks.has(field.type) ? (chosen) => void save(chosen, index, at, false) : undefined} />
      {message && <p class="cell-error" id="cell-error" role="alert">{message}</p>}
    </div>
  )
}
