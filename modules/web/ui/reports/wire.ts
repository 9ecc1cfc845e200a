// Reports as the server answers them (sdk/doc/reports.md), and the addresses that ask for them.
import { request } from '../data/api'
import type { Money } from '../data/types'

export type Figure = number | string | Money | null
export interface Key { value: string | number | boolean | null; title?: string }
export interface Row { keys: Key[]; values: Figure[]; previous?: Figure[] }
export interface Metric {
  name: string; label: string; note?: string; owner?: string; from: string; unit?: 'percent' | 'days' | 'hours'; additive: boolean
  definition: { of?: string; measure?: string; where?: string; on?: string; formula?: string }
}
export interface Dimension { name: string; label: string; period?: 'day' | 'week' | 'month' | 'quarter' | 'year' }
export interface Report {
  name: string; label: string; help?: string; group?: string; from: string; period?: string; compare?: string; chart?: string
  measures: string[]; rows: string[]; columns: string[]; filters: string[]
}
export interface LeftOut { reason: 'no_date' | 'no_rate'; metric: string; label: string; count: number; entity: string; where: string }
export interface Span { from: string; until: string }
export interface Answer {
  report: Report; at: string; period: Span | null; previous: Span | null; dimensions: Dimension[]; metrics: Metric[]
  rows: Row[]; others: Row | null; total: Row; left_out: LeftOut[]; truncated: boolean
}
export interface Problem { kind: string; name: string; place?: string; detail: string }

/** What stands in the address: the period, the comparison, and `f.DIMENSION` for each narrowed one. */
export interface Parameters { period?: string; compare?: string | null; filters: Record<string, Key[]> }

export function readParameters(search: string): Parameters {
  const query = new URLSearchParams(search)
  const filters: Record<string, Key[]> = {}
  for (const [name, text] of query) if (name.startsWith('f.')) filters[name.slice(2)] = readKeys(text)
  const compare = query.get('compare')
  return { ...(query.has('period') ? { period: query.get('period')! } : {}), ...(compare === null ? {} : { compare: compare === 'none' ? null : compare }), filters }
}

function readKeys(text: string): Key[] {
  try {
    const keys: unknown = JSON.parse(text)
    return Array.isArray(keys) ? (keys as Key[]) : []
  } catch { return [] }
}

export function writeParameters(parameters: Parameters): string {
  const query = new URLSearchParams()
  if (parameters.period) query.set('period', parameters.period)
  if (parameters.compare !== undefined) query.set('compare', parameters.compare ?? 'none')
  for (const [name, keys] of Object.entries(parameters.filters)) if (keys.length) query.set(`f.${name}`, JSON.stringify(keys))
  const text = query.toString()
  return text ? `?${text}` : ''
}

function bodyOf({ period, compare, filters }: Parameters): Record<string, unknown> {
  const span = period?.match(/^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/)
  return {
    ...(period ? { period: span ? { from: span[1], until: span[2] } : period } : {}),
    ...(compare === undefined ? {} : { compare }),
    filters: Object.fromEntries(Object.entries(filters).map(([name, keys]) => [name, keys.map((key) => key.value)])),
  }
}

export async function runReport(name: string, parameters: Parameters, abort: AbortSignal): Promise<Answer> {
  return (await request<Answer>('POST', `reports/${name}`, { body: bodyOf(parameters), signal: abort })).body
}

/** Where the records behind a figure are listed. */
export async function openFigure(name: string, parameters: Parameters, metric: string, keys: Key[], previous: boolean): Promise<string> {
  const body = { ...bodyOf(parameters), metric, keys: keys.map((key) => key.value), previous, limit: 1, fields: 'id' }
  const { entity, where } = (await request<{ entity: string; where: string }>('POST', `reports/${name}/drill`, { body })).body
  return listPath(entity, where)
}

export function listPath(entity: string, where: string): string {
  return `/${entity}${where ? `?${new URLSearchParams({ where })}` : ''}`
}
