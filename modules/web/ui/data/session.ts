// Who is signed in, and the schema as that person sees it.
import { computed, signal } from '@preact/signals'
import { csrf, get, onSignedOut, request } from './api'
import type { Directory, Entity, Meta, Pipeline } from './types'
import { setLanguage } from '../locale/i18n'

export type SessionState = 'unknown' | 'out' | 'in'
export const session = signal<SessionState>('unknown')
export const meta = signal<Meta | null>(null)

interface SessionBody { csrf?: string }

export async function openSession(): Promise<void> {
  try {
    const body = await get<SessionBody>('session')
    csrf.value = body.csrf ?? ''
    await loadMeta()
    session.value = 'in'
  } catch {
    session.value = 'out'
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  const { body } = await request<SessionBody>('POST', 'session', { body: { login, password } })
  csrf.value = body.csrf ?? ''
  await loadMeta()
  session.value = 'in'
}

/** Whose link it is; `first`: the one that makes the first administrator, who chooses a login. */
export async function lookAtLink(token: string): Promise<{ login: string | null; first: boolean }> {
  return (await request<{ login: string | null; first: boolean }>('POST', 'session/link', { body: { token } })).body
}

/** First sign-in by a one-time link: sets the password and opens a session. */
export async function useLink(token: string, password: string, login?: string): Promise<void> {
  const { body } = await request<SessionBody>('POST', 'session/link', { body: { token, password, ...(login ? { login } : {}) } })
  csrf.value = body.csrf ?? ''
  await loadMeta()
  session.value = 'in'
}

export async function signOut(): Promise<void> {
  await request('DELETE', 'session')
  leave()
}

function leave(): void {
  csrf.value = ''
  meta.value = null
  session.value = 'out'
}
onSignedOut.handler = () => { if (session.value === 'in') leave() }

export async function loadMeta(): Promise<void> {
  const loaded = await get<Meta>('meta')
  await setLanguage(loaded.user.language || loaded.company.language)
  meta.value = loaded
}

const byName = computed(() => new Map((meta.value?.entities ?? []).map((entity) => [entity.name, entity])))
const directories = computed(() => new Map((meta.value?.directories ?? []).map((directory) => [directory.name, directory])))

export function entity(name: string): Entity | undefined { return byName.value.get(name) }
export function directory(name: string | undefined): Directory | undefined { return name ? directories.value.get(name) : undefined }
export function pipelines(entityName: string): Pipeline[] { return (meta.value?.pipelines ?? []).filter((p) => p.entity === entityName) }
/** What navigation shows: own lists of the entities a person works with. */
export const lists = computed(() =>
  (meta.value?.entities ?? [])
    .filter((e) => !e.system && !e.child_of && e.can.read && e.icon !== '')
    .sort((a, b) => Number(b.pipeline !== undefined) - Number(a.pipeline !== undefined)),
)
