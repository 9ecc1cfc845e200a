// Reports as the server answers them (sdk/doc/reports.md), and the addresses that ask for them.
import { request } from '../data/api'
import type { Money } from '../data/types'

export type Figure = number | string | Money | null
/** `any`: of an end of a cross table, whatever the value is. */
export interface Key { value: string | number | boolean | null; title?: string; any?: true }
export interface Row { keys: Key[]; values: Figure[]; previous?: Figure[] }
export interface Metric {
  name: string; label: string; note?: string; owner?: string; from: string; unit?: 'percent' | 'days' | 'hours'; additive: boolean
  /** Figures above it are to be looked at before they are believed. */
  flag_above?: string
  definition: { of?: string; measure?: string; where?: string; on?: string; formula?: string; by?: Record<string, string> }
}
export interface Dimension { name: string; label: string; period?: 'day' | 'week' | 'month' | 'quarter' | 'year'; by: Record<string, string> }
export interface Catalog { metrics: Metric[]; dimensions: Dimension[] }
/** What a report is: sdk/doc/reports.md. */
export interface Definition {
  measures: string[]; rows: string[]; columns: string[]; filters: string[]
  period?: string; compare?: string; sort?: string; limit?: number; chart?: string; form?: Form; numbers?: boolean
  where?: string | Record<string, string>; colors?: Record<string, string>
}
export const forms = ['table', 'pivot', 'transposed', 'cards'] as const
export type Form = (typeof forms)[number]
export interface Report extends Definition {
  name: string; label: string; help?: string; group?: string; from?: string
  /** Of one that people made. */
  saved?: { author: { id: string | null; title?: string }; certified: boolean }
  problem?: string
}
export interface LeftOut { reason: 'no_date' | 'no_rate'; metric: string; label: string; count: number; entity: string; where: string }
export interface Span { from: string; until: string }
export interface Answer {
  report: Report; at: string; period: Span | null; previous: Span | null; dimensions: Dimension[]; metrics: Metric[]
  inputs?: Input[]; rows: Row[]; others: Row | null; total: Row; left_out: LeftOut[]; truncated: boolean
  /** The ends of a cross table. */
  subtotals?: { rows: Row[]; columns: Row[] }
}
export interface Problem { kind: string; name: string; place?: string; detail: string }

/** A number that the reader sets. */
export interface Input { name: string; label: string; note?: string; default: string; value: string | number }

/** What stands in the address: the period, the comparison, `f.DIMENSION` for each narrowed one, `i.INPUT` for each that is set. */
export interface Parameters {
  period?: string; compare?: string | null; filters: Record<string, Key[]>; form?: Form; inputs?: Record<string, string>
  /** Of a report that is being built; it stands in no address. */
  definition?: Definition
  /** On a dashboard: the door that opens figures, and what it is asked. */
  door?: { path: string; body: Record<string, unknown> }
}

export function readParameters(search: string): Parameters {
  const query = new URLSearchParams(search)
  const filters: Record<string, Key[]> = {}
  const inputs: Record<string, string> = {}
  for (const [name, text] of query) {
    if (name.startsWith('f.')) filters[name.slice(2)] = readKeys(text)
    if (name.startsWith('i.')) inputs[name.slice(2)] = text
  }
  const compare = query.get('compare')
  const form = forms.find((one) => one === query.get('as'))
  return { ...(query.has('period') ? { period: query.get('period')! } : {}), ...(compare === null ? {} : { compare: compare === 'none' ? null : compare }), ...(form ? { form } : {}), ...(Object.keys(inputs).length ? { inputs } : {}), filters }
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
  if (parameters.form) query.set('as', parameters.form)
  for (const [name, keys] of Object.entries(parameters.filters)) if (keys.length) query.set(`f.${name}`, JSON.stringify(keys))
  for (const [name, text] of Object.entries(parameters.inputs ?? {})) query.set(`i.${name}`, text)
  const text = query.toString()
  return text ? `?${text}` : ''
}

export function bodyOf({ period, compare, filters, definition, inputs }: Parameters): Record<string, unknown> {
  const span = period?.match(/^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/)
  return {
    ...(period ? { period: span ? { from: span[1], until: span[2] } : period } : {}),
    ...(compare === undefined ? {} : { compare }),
    ...(definition ? { definition } : {}),
    ...(inputs ? { inputs } : {}),
    filters: Object.fromEntries(Object.entries(filters).map(([name, keys]) => [name, keys.map((key) => key.value)])),
  }
}

export async function runReport(name: string, parameters: Parameters, abort: AbortSignal): Promise<Answer> {
  return (await request<Answer>('POST', `reports/${name}`, { body: { ...bodyOf(parameters), subtotals: true }, signal: abort })).body
}

/** Where the records behind a figure are listed. */
export async function openFigure(name: string, parameters: Parameters, metric: string, keys: Key[], previous: boolean): Promise<string> {
  const body = { ...(parameters.door?.body ?? bodyOf(parameters)), metric, keys: keys.map((key) => (key.any ? { any: true } : key.value)), previous, limit: 1, fields: 'id' }
  const { entity, where } = (await request<{ entity: string; where: string }>('POST', parameters.door?.path ?? `reports/${name}/drill`, { body })).body
  return listPath(entity, where)
}

export function listPath(entity: string, where: string): string {
  return `/${entity}${where ? `?${new URLSearchParams({ where })}` : ''}`
}

/** As it is laid out: what the reader chose, else the report says, else a cross table where there are columns. */
export function formOf(answer: Answer, parameters: Parameters): Form {
  const { rows, columns, form } = answer.report
  const wanted = parameters.form ?? form ?? (columns.length > 0 ? 'pivot' : 'table')
  return wanted === 'pivot' && (rows.length === 0 || columns.length === 0) ? 'table' : wanted
}
