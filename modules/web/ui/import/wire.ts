// What the server says about a table and its import, and asking it.
import { get, request } from '../data/api'
import type { Value } from '../data/types'

export interface Sample { text: string; value?: Value; problem?: string }
export interface PreviewColumn {
  column: string
  field: string | null
  as: 'value' | 'reference' | 'choice' | 'items' | 'links' | 'full_name' | 'id' | null
  date_order: string | null
  filled: number
  unread: number
  samples: Sample[]
}
export interface Preview { form: 'csv' | 'xlsx' | 'vcf'; sheets: string[] | null; sheet?: string; photos: number; encoding: string; delimiter: string; from: 'given' | 'remembered' | 'guessed'; rows: number; columns: PreviewColumn[] }
export interface Reason { line: number; field: string | null; detail: string }
export interface Counts { rows: number; created: number; updated: number; skipped: number; rejected: number; changeset: string | null; reasons: Reason[] }
export interface ImportState extends Counts {
  id: string
  state: 'waiting' | 'running' | 'done' | 'failed'
  error: string | null
  bytes: number
  file_name: string | null
  progress: { rows: number; rejected: number; bytes_done: number } | null
}
/** As the query of the server's import takes them. */
export type Options = Partial<Record<'map' | 'key' | 'mode' | 'date_order' | 'encoding' | 'delimiter' | 'unknown' | 'currency' | 'automations' | 'sheet', string>>

const SAMPLE_BYTES = 256 * 1024

function path(entity: string, file: File, options: Options, extra: Record<string, string>): string {
  const query = new URLSearchParams({ entity, file_name: file.name, ...extra })
  for (const [name, value] of Object.entries(options)) if (value) query.set(name, value)
  return `imports?${query.toString()}`
}
const table = (file: Blob): Blob => new Blob([file], { type: 'text/csv' })

/** A workbook is read from its end: a part of it is nothing. */
const isBook = (file: File): boolean => /\.xls[xm]$/i.test(file.name)

export async function preview(entity: string, file: File, options: Options, signal: AbortSignal): Promise<Preview> {
  return (await request<Preview>('POST', path(entity, file, options, { preview: '1' }), { file: table(isBook(file) ? file : file.slice(0, SAMPLE_BYTES)), signal })).body
}
export async function dryRun(entity: string, file: File, options: Options, signal: AbortSignal): Promise<Counts> {
  return (await request<Counts>('POST', path(entity, file, options, { dry: '1' }), { file: table(file), signal })).body
}
export async function wouldReject(entity: string, file: File, options: Options): Promise<string> {
  return (await request<string>('POST', path(entity, file, options, { dry: '1', rejects: '1' }), { file: table(file), text: true })).body
}
export async function start(entity: string, file: File, options: Options, key: string): Promise<ImportState> {
  return (await request<ImportState>('POST', path(entity, file, options, {}), { file: table(file), headers: { 'Idempotency-Key': key } })).body
}
export async function look(id: string): Promise<ImportState> { return get<ImportState>(`imports/${id}`) }
export async function stop(id: string): Promise<void> { await request('DELETE', `imports/${id}`) }

/** "column=field,..." with what would part it kept. */
export function writeMap(pairs: [string, string][]): string {
  return pairs.filter(([, field]) => field).map(([column, field]) => `${column.replace(/[\\,:=]/g, (sign) => `\\${sign}`)}=${field}`).join(',')
}
