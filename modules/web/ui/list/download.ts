// The browser fetches an export itself, streamed to a file.
export function download(entity: string, format: 'csv' | 'json', where: string, fields: string[]): void {
  const query = new URLSearchParams({ format, fields: fields.join(',') })
  if (where) query.set('where', where)
  const link = document.createElement('a')
  link.href = `/api/v1/export/${entity}?${query.toString()}`
  link.download = `${entity}.${format}`
  link.click()
}
