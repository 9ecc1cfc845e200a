// An export: fetched with the eyes the page looks with, its progress shown, then kept as a file.
import { fetchFile } from '../data/api'
import { progress } from '../data/jobs'
import type { Entity } from '../data/types'
import { sayProblem } from '../data/undo'
import { sizeText } from '../format/format'
import { t } from '../locale/i18n'

const KEPT_MS = 60_000

export type ExportFormat = 'xlsx' | 'csv' | 'json' | 'vcf'

/** Those the server makes cards of. */
const withCards = new Set(['contact', 'organization'])

export function exportFormats(entity: Entity): ExportFormat[] {
  return entity.can.export ? ['xlsx', 'csv', 'json', ...(withCards.has(entity.name) ? (['vcf'] as const) : [])] : []
}

function keep(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
}

/** Fetches a file and keeps it under a name. */
export async function downloadFile(path: string, name: string, body?: unknown): Promise<void> {
  const abort = new AbortController()
  const told = (bytes: number): void => { progress.value = { text: `${t('exporting')} ${bytes ? sizeText(bytes) : ''}`.trim(), done: null, of: null, stop: () => abort.abort() } }
  told(0)
  try { keep(await fetchFile(path, told, abort.signal, body), name) } catch (error) { if (!abort.signal.aborted) sayProblem(error) } finally { progress.value = null }
}

/** A card has its own fields, whatever the columns are. */
export function download(entity: string, format: ExportFormat, which: { where: string; search?: string | undefined }, fields: string[]): Promise<void> {
  const query = new URLSearchParams(format === 'vcf' ? { format } : { format, fields: fields.join(',') })
  if (which.where) query.set('where', which.where)
  if (which.search) query.set('q', which.search)
  return downloadFile(`export/${entity}?${query.toString()}`, `${entity}.${format}`)
}
