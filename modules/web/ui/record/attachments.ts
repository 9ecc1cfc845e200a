// Files of a record: sent one after the other as they are, previewed by what they are, taken away with a
// way back.
import { signal } from '@preact/signals'
import { csrf, get, Problem, request } from '../data/api'
import { offerUndo, sayProblem } from '../data/undo'
import type { Page, RecordData } from '../data/types'
import { language, t } from '../locale/i18n'
import { tr } from './texts'

export interface Upload { name: string; done: number; total: number }
export const uploads = signal<Upload[]>([])
/** Goes up when files of any record came or went. */
export const filesChanged = signal(0)

const LIST_MAX = 200
export async function loadFiles(id: string): Promise<RecordData[]> {
  return (await get<Page>('records/file', { where: `about == "${id}"`, sort: '-created_at', limit: LIST_MAX })).records
}

/** XMLHttpRequest, because fetch does not tell how much of a body was sent. */
function send(file: File, name: string, about: string, onProgress: (done: number) => void): Promise<string | null> {
  return new Promise((done, fail) => {
    const call = new XMLHttpRequest()
    call.open('POST', `/api/v1/files?${new URLSearchParams({ name, about }).toString()}`)
    call.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    call.setRequestHeader('Accept-Language', language.peek())
    call.setRequestHeader('X-CSRF-Token', csrf.peek())
    call.upload.addEventListener('progress', (event) => onProgress(event.loaded))
    call.addEventListener('error', () => fail(new Problem(0, { code: 'offline' })))
    call.addEventListener('load', () => {
      if (call.status < 300) { done(call.getResponseHeader('perigee-changeset')); return }
      try { fail(new Problem(call.status, JSON.parse(call.responseText) as Record<string, unknown>)) } catch { fail(new Problem(call.status, {})) }
    })
    call.send(file)
  })
}

const clipped = (name: string): string => name || `${tr('pasted')} ${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}.png`

export async function attach(files: readonly File[], entity: string, id: string): Promise<void> {
  for (const file of files) {
    const name = file.name === 'image.png' ? clipped('') : clipped(file.name)
    const entry: Upload = { name, done: 0, total: file.size }
    uploads.value = [...uploads.value, entry]
    const tell = (done: number): void => { uploads.value = uploads.value.map((item) => (item.name === name ? { ...item, done } : item)) }
    try {
      const changeset = await send(file, name, `${entity}:${id}`, tell)
      filesChanged.value++
      offerUndo(tr('attached', { what: name }), changeset, () => { filesChanged.value++ })
    } catch (error) { sayProblem(error) } finally { uploads.value = uploads.value.filter((item) => item.name !== name) }
  }
}

export function pickFiles(entity: string, id: string): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.addEventListener('change', () => void attach([...(input.files ?? [])], entity, id))
  input.click()
}

export async function removeFile(file: RecordData): Promise<void> {
  const { changeset } = await request('DELETE', `records/file/${file.id}`)
  filesChanged.value++
  offerUndo(t('deleted', { what: String(file['name']) }), changeset, () => { filesChanged.value++ })
}

export const contentOf = (id: string): string => `/api/v1/files/${id}/content`

export type Shape = 'image' | 'pdf' | 'text' | 'none'
export function shapeOf(file: RecordData): Shape {
  const type = String(file['media_type'] ?? '')
  if (/^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(type)) return 'image'
  if (type === 'application/pdf') return 'pdf'
  return /^text\/|json|xml$|csv/.test(type) && !type.includes('svg') ? 'text' : 'none'
}
