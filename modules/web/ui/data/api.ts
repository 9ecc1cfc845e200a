// One function that talks to the server: JSON both ways, the CSRF token, problems as errors.
import { signal } from '@preact/signals'
import { language } from '../locale/i18n'

/** RFC 9457 problem document of the server, or what stands in for one when it was not reached. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly fields: { field: string; code: string; detail: string }[]
  readonly requestId: string | undefined
  readonly current: unknown
  /** Where in an expression, counted from 1. */
  readonly column: number | undefined

  constructor(status: number, body: Record<string, unknown>) {
    super(String(body['detail'] ?? body['title'] ?? `HTTP ${status}`))
    this.status = status
    this.code = String(body['code'] ?? 'unknown')
    this.field = typeof body['field'] === 'string' ? body['field'] : undefined
    this.fields = Array.isArray(body['fields']) ? (body['fields'] as Problem['fields']) : []
    this.requestId = typeof body['request_id'] === 'string' ? body['request_id'] : undefined
    this.current = body['current']
    this.column = typeof body['column'] === 'number' ? body['column'] : undefined
  }

  /** The message that belongs to a field, if any. */
  about(field: string): string | undefined {
    return this.fields.find((item) => item.field === field)?.detail ?? (this.field === field ? this.message : undefined)
  }
}

/** False while the last request did not reach the server. */
export const online = signal(true)
/** Set by the session; sent with every write. */
export const csrf = signal('')
/** Whose eyes an administrator looks with in this tab, and how they are called. */
export interface View { as: string; name: string }
const VIEW_KEY = 'perigee.view'
export const view: View | null = JSON.parse(sessionStorage.getItem(VIEW_KEY) ?? 'null') as View | null
/** Every page is made anew: nothing that was read with other eyes stays. */
export function lookAs(next: View | null, path = '/'): void {
  if (next) sessionStorage.setItem(VIEW_KEY, JSON.stringify(next))
  else sessionStorage.removeItem(VIEW_KEY)
  location.assign(path)
}
/** Called when the server says that nobody is signed in. */
export const onSignedOut = { handler: () => {} }

export interface Answer<T> {
  body: T
  status: number
  etag: string | null
  /** Id of the changeset that a write made: what undo takes. */
  changeset: string | null
}

export interface RequestOptions {
  body?: unknown
  /** Sent as it is, instead of a body. */
  file?: Blob
  signal?: AbortSignal
  headers?: Record<string, string>
  /** The answer is a text and not JSON. */
  text?: boolean
  /** Goes on while the page closes. */
  keepalive?: boolean
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language.value, ...options.headers }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.file) headers['Content-Type'] = options.file.type || 'application/octet-stream'
  if (view) headers['X-View-As'] = view.as
  if (method !== 'GET' && csrf.value) headers['X-CSRF-Token'] = csrf.value
  try {
    const response = await fetch(`/api/v1/${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body !== undefined ? { body: JSON.stringify(options.body) } : {}),
      ...(options.file ? { body: options.file } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.keepalive ? { keepalive: true } : {}),
    })
    online.value = true
    return response
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    online.value = false
    throw new Problem(0, { code: 'offline' })
  }
}

function bodyOf(response: Response, text: string): unknown {
  return text && (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : null
}

function refused(response: Response, path: string, body: unknown): Problem {
  if (response.status === 401 && path !== 'session') onSignedOut.handler()
  const problem = (body ?? {}) as Record<string, unknown>
  if (view && problem['code'] === 'view_over') lookAs(null)
  return new Problem(response.status, problem)
}

const writes = new Set<Promise<unknown>>()
export const isWriting = (): boolean => writes.size > 0
/** Settled when every write that is on its way now has its answer, and who sent it has seen it. */
export async function whenWritten(): Promise<void> {
  if (!writes.size) return
  await Promise.allSettled(writes)
  await new Promise((done) => setTimeout(done))
}

export function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const answer = ask<T>(method, path, options)
  if (method !== 'GET' && path !== 'query') {
    writes.add(answer)
    answer.catch(() => {}).finally(() => writes.delete(answer))
  }
  return answer
}

async function ask<T>(method: string, path: string, options: RequestOptions): Promise<Answer<T>> {
  const response = await send(method, path, options)
  const text = await response.text()
  const body = bodyOf(response, text)
  if (!response.ok) throw refused(response, path, body)
  return {
    body: (options.text ? text : body) as T,
    status: response.status,
    etag: response.headers.get('etag'),
    changeset: response.headers.get('perigee-changeset'),
  }
}

/** A file of the server, asked for with a body or without; `onBytes` is told how much of it has come. Cut off before its end it is none. */
export async function fetchFile(path: string, onBytes: (bytes: number) => void, abort: AbortSignal, body?: unknown): Promise<Blob> {
  const response = await send(body ? 'POST' : 'GET', path, { signal: abort, body })
  if (!response.ok) throw refused(response, path, bodyOf(response, await response.text()))
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  try {
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      pieces.push(piece.value as Uint8Array<ArrayBuffer>)
      onBytes((bytes += piece.value.length))
    }
  } catch (error) {
    if (abort.aborted) throw error
    throw new Problem(0, { code: 'offline' })
  }
  return new Blob(pieces, { type: response.headers.get('content-type') ?? '' })
}

export async function get<T>(path: string, query: Record<string, string | number | undefined> = {}, abort?: AbortSignal): Promise<T> {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') parameters.set(name, String(value))
  const text = parameters.toString()
  return (await request<T>('GET', text ? `${path}?${text}` : path, abort ? { signal: abort } : {})).body
}
