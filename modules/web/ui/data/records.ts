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

export interface ListQuery { where?: string; q?: string; sort?: string; fields: string; trash?: 'only' }

export interface ListState {
  ids: string[]
  rows: Map<string, RecordData>
  next: string | undefined
  total: { value: number; exact: boolean } | undefined
  loading: boolean
  problem: Problem | null
}
export const emptyList: ListState = { ids: [], rows: new Map(), next: undefined, total: undefined, loading: true, problem: null }

/** A list that follows its query: a newer query aborts the older; old rows stay until new ones come. */
export class RecordList {
  readonly state = signal<ListState>(emptyList)
  private abort: AbortController | null = null
  private query: ListQuery | null = null

  constructor(readonly entity: string) {}

  async load(query: ListQuery): Promise<void> {
    this.query = query
    await this.fetchPage(undefined)
  }

  async more(): Promise<void> {
    const { next, loading } = this.state.value
    if (next && !loading) await this.fetchPage(next)
  }

  async reload(): Promise<void> { if (this.query) await this.fetchPage(undefined) }

  dispose(): void { this.abort?.abort() }

  private async fetchPage(after: string | undefined): Promise<void> {
    this.abort?.abort()
    const abort = (this.abort = new AbortController())
    this.state.value = { ...this.state.value, loading: true, problem: null }
    try {
      const page = await get<Page>(
        `records/${this.entity}`,
        { ...this.query, limit: 100, after, count: after ? 'none' : 'capped' },
        abort.signal,
      )
      const old = this.state.value
      const rows = new Map(after ? old.rows : [])
      for (const row of page.records) rows.set(row.id, row)
      const ids = after ? [...old.ids, ...page.records.map((row) => row.id)] : page.records.map((row) => row.id)
      this.state.value = { ids, rows, next: page.next || undefined, total: page.total ?? old.total, loading: false, problem: null }
    } catch (error) {
      if (error instanceof Problem) this.state.value = { ...this.state.value, loading: false, problem: error }
    }
  }
}

/** Creates and offers undo; the caller shows problems beside the fields. */
export async function createRecord(entity: Entity, values: Record<string, unknown>): Promise<RecordData> {
  const { body, changeset } = await request<RecordData>('POST', `records/${entity.name}`, { body: values })
  recordSignal(entity.name, body.id).value = body
  offerUndo(t('created', { what: String(body[entity.title] ?? entity.label) }), changeset)
  return body
}

/** Writes one field with If-Match: shown at once, taken back when the server refuses. */
export async function updateField(entity: Entity, record: RecordData, field: string, value: unknown, shown: Value): Promise<void> {
  const cell = recordSignal(entity.name, record.id)
  const before = cell.value
  cell.value = { ...record, [field]: shown }
  try {
    const { body, changeset } = await request<RecordData>('PATCH', `records/${entity.name}/${record.id}`, {
      body: { [field]: value },
      headers: { 'If-Match': `"${record.version}"` },
    })
    cell.value = body
    const label = entity.fields.find((f) => f.name === field)?.label ?? field
    offerUndo(t('changed', { what: label }), changeset, () => void loadRecord(entity.name, record.id))
  } catch (error) {
    if (error instanceof Problem && error.status === 412) await loadRecord(entity.name, record.id)
    else cell.value = before
    throw error
  }
}

export async function deleteRecord(entity: Entity, record: RecordData, onUndone: () => void): Promise<void> {
  const { changeset } = await request('DELETE', `records/${entity.name}/${record.id}`)
  recordSignal(entity.name, record.id).value = null
  offerUndo(t('deleted', { what: String(record[entity.title] ?? entity.label) }), changeset, onUndone)
}

export async function loadChanges(entity: string, id: string): Promise<Change[]> {
  return (await get<{ records: Change[] }>(`records/${entity}/${id}/changes`, { limit: 50 })).records
}

export async function findReferences(entity: Entity, text: string, abort: AbortSignal): Promise<{ id: string; title: string }[]> {
  const page = await get<Page>(
    `records/${entity.name}`,
    { fields: entity.title, sort: text ? undefined : entity.title, where: text ? `contains(${entity.title}, ${JSON.stringify(text)})` : undefined, limit: 20 },
    abort,
  )
  return page.records.map((row) => ({ id: row.id, title: String(row[entity.title] ?? row.id) }))
}
