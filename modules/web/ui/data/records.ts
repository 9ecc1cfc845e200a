// Records and lists as signals: one copy of a record however many places show it; lists hold ids.
import { signal, type Signal } from '@preact/signals'
import { get, Problem, request } from './api'
import type { Change, Entity, Page, RecordData, Value } from './types'
import { offerUndo } from './undo'
import { t } from '../locale/i18n'

const store = new Map<string, Signal<RecordData | null>>()

export function recordSignal(entity: string, id: string): Signal<RecordData | null> {
  const key = `${entity}/${id}`
  let found = store.get(key)
  if (!found) store.set(key, (found = signal<RecordData | null>(null)))
  return found
}

export async function loadRecord(entity: string, id: string): Promise<RecordData> {
  const record = await get<RecordData>(`records/${entity}/${id}`)
  recordSignal(entity, id).value = record
  return record
}

/** Creates and offers undo; the caller shows problems beside the fields. */
export async function createRecord(entity: Entity, values: Record<string, unknown>): Promise<RecordData> {
  const { body, changeset } = await request<RecordData>('POST', `records/${entity.name}`, { body: values })
  recordSignal(entity.name, body.id).value = body
  offerUndo(t('created', { what: String(body[entity.title] ?? entity.label) }), changeset)
  return body
}

/** What the server would refuse of a new record, or of changes to one; null where nothing. */
export async function tryRecord(entity: Entity, id: string | null, values: Record<string, unknown>, abort: AbortSignal): Promise<Problem | null> {
  try {
    await request(id ? 'PATCH' : 'POST', `records/${entity.name}${id ? `/${id}` : ''}?dry=1`, { body: values, signal: abort })
    return null
  } catch (error) {
    if (error instanceof Problem && (error.status === 422 || error.status === 409 || error.status === 400)) return error
    throw error
  }
}

/** A write that somebody else's came before: what was, what is wished and what stands now. */
export interface Conflict {
  entity: Entity; base: RecordData; current: RecordData; wished: Record<string, { wire: unknown; shown: Value }>
  /** How what was chosen is written, where it is no record. */
  write?: (values: Record<string, unknown>) => Promise<RecordData>
  onDone: (record: RecordData) => void
}
export const conflict = signal<Conflict | null>(null)

async function patch(entity: Entity, id: string, version: number, values: Record<string, unknown>, onUndone = (): void => void loadRecord(entity.name, id)): Promise<RecordData> {
  const { body, changeset } = await request<RecordData>('PATCH', `records/${entity.name}/${id}`, { body: values, headers: { 'If-Match': `"${version}"` } })
  recordSignal(entity.name, id).value = body
  const labels = Object.keys(values).map((name) => entity.fields.find((field) => field.name === name)?.label ?? name)
  offerUndo(t('changed', { what: labels.join(', ') }), changeset, onUndone)
  return body
}

/** Writes chosen values on the record as it stands now. */
export async function writeFields(entity: Entity, record: RecordData, values: Record<string, unknown>): Promise<RecordData> {
  return patch(entity, record.id, record.version, values)
}

/**
 * A write that somebody else's came before: it goes on from there where the fields are as they were when it
 * began; where one of them is not, the person chooses.
 */
export async function goOn(entity: Entity, record: RecordData, wished: Conflict['wished'], again: (current: RecordData) => Promise<RecordData>): Promise<RecordData> {
  const current = await loadRecord(entity.name, record.id)
  if (Object.keys(wished).every((name) => JSON.stringify(current[name]) === JSON.stringify(record[name]))) return again(current)
  return new Promise((done) => { conflict.value = { entity, base: record, current, wished, onDone: done } })
}

/** Writes fields of `record` as it was when editing began; what somebody else wrote meanwhile is asked about. */
export async function writeOver(entity: Entity, record: RecordData, wished: Conflict['wished'], onUndone?: () => void): Promise<RecordData> {
  const values = Object.fromEntries(Object.entries(wished).map(([name, { wire }]) => [name, wire]))
  const write = (current: RecordData): Promise<RecordData> => patch(entity, record.id, current.version, values, onUndone)
  try { return await write(record) } catch (error) {
    if (!(error instanceof Problem) || error.status !== 412) throw error
    return goOn(entity, record, wished, write)
  }
}

/** Writes one field: shown at once, taken back when the server refuses. */
export async function updateField(entity: Entity, record: RecordData, field: string, value: unknown, shown: Value): Promise<RecordData> {
  const cell = recordSignal(entity.name, record.id)
  const before = cell.value
  cell.value = { ...(before ?? record), [field]: shown }
  try { return await writeOver(entity, record, { [field]: { wire: value, shown } }) } catch (error) {
    cell.value = before
    throw error
  }
}

export async function deleteRecord(entity: Entity, record: RecordData, onUndone: () => void): Promise<void> {
  const { changeset } = await request('DELETE', `records/${entity.name}/${record.id}`)
  recordSignal(entity.name, record.id).value = null
  offerUndo(t('deleted', { what: String(record[entity.title] ?? entity.label) }), changeset, onUndone)
}

/** The newest changes first; with `field` only those of that field. */
export async function loadChanges(entity: string, id: string, field?: string): Promise<Change[]> {
  return (await get<{ records: Change[] }>(`records/${entity}/${id}/changes`, { limit: 200, fields: field })).records
}

/** A change of one field, and the script that made it or had a hand in it. */
export type Reason = Change & { script: { name: string | null; version: string | null; file: string | null; line: number | null; run: string | null } | null }
export async function loadWhy(entity: string, id: string, field: string): Promise<Reason[]> {
  return (await get<{ changes: Reason[] }>(`records/${entity}/${id}/why`, { limit: 200, field })).changes
}

export async function findReferences(entity: Entity, text: string, abort: AbortSignal): Promise<{ id: string; title: string }[]> {
  const page = await get<Page>(
    `records/${entity.name}`,
    { fields: entity.title, sort: text ? undefined : entity.title, where: text ? `contains(${entity.title}, ${JSON.stringify(text)})` : undefined, limit: 20 },
    abort,
  )
  return page.records.map((row) => ({ id: row.id, title: String(row[entity.title] ?? row.id) }))
}
