// The browser fetches an export itself, streamed to a file.
import type { Entity } from '../data/types'

export type ExportFormat = 'xlsx' | 'csv' | 'json' | 'vcf'

/** Those the server makes cards of. */
const withCards = new Set(['contact', 'organization'])

export function exportFormats(entity: Entity): ExportFormat[] {
  return entity.can.export ? ['xlsx', 'csv', 'json', ...(withCards.has(entity.name) ? (['vcf'] as const) : [])] : []
}

/** A card has its own fields, whatever the columns are. */
export function download(entity: string, format: ExportFormat, which: { where: string; search?: string | undefined }, fields: string[]): void {
  const query = new URLSearchParams(format === 'vcf' ? { format } : { format, fields: fields.join(',') })
  if (which.where) query.set('where', which.where)
  if (which.search) query.set('q', which.search)
  const link = document.createElement('a')
  link.href = `/api/v1/export/${entity}?${query.toString()}`
  link.download = `${entity}.${format}`
  link.click()
}
