// Segments of an entity: kept filters, and lists that records are put into by hand.
import type { Page } from './types'
import { get, request } from './api'

export interface Segment { id: string; name: string; filter: string | null }

/** By name. A list that records are put into by hand has no filter. */
export async function segmentsOf(entity: string): Promise<Segment[]> {
  const where = `entity == ${JSON.stringify(entity)}`
  const page = await get<Page>('records/segment', { where, fields: 'name,filter', sort: 'name', limit: 500 })
  return page.records.map((row) => ({ id: row.id, name: String(row['name']), filter: row['filter'] ? String(row['filter']) : null }))
}

export async function createSegment(entity: string, name: string, filter: string | null): Promise<{ id: string; changeset: string | null }> {
  const { body, changeset } = await request<{ id: string }>('POST', 'records/segment', { body: { entity, name, filter } })
  return { id: body.id, changeset }
}
