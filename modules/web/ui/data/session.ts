// Who is signed in, and the schema as that person sees it.
import { computed, signal } from '@preact/signals'
import { csrf, get, lookAs, onSignedOut, request, view } from './api'
import { forgetOwn, loadOwn, own } from './own'
import type { Directory, Entity, Field, Meta, Pipeline, Stage, View } from './types'
import { setLanguage } from '../locale/i18n'

export type SessionState = 'unknown' | 'out' | 'in'
export const session = signal<SessionState>('unknown')
export const meta = signal<Meta | null>(null)

interface SessionBody { csrf?: string; user?: { id: string }; language?: string }

/** What the person chose, else the language of their record. */
async function adoptLanguage(body: SessionBody): Promise<void> {
  const wanted = own.value.language ?? body.language
  if (wanted) await setLanguage(wanted)
}

async function enter(body: SessionBody): Promise<void> {
  csrf.value = body.csrf ?? ''
  await Promise.all([loadOwn(), body.user ? body : get<SessionBody>('session')]).then(([, known]) => adoptLanguage(known))
  await loadMeta()
  session.value = 'in'
}

export async function openSession(): Promise<void> {
  try {
    const body = await get<SessionBody>('session')
    await enter(body)
  } catch {
    session.value = 'out'
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  const { body } = await request<SessionBody>('POST', 'session', { body: { login, password } })
  await enter(body)
}

/** Whose link it is; `first`: the one that makes the first administrator, who chooses a login. */
export async function lookAtLink(token: string): Promise<{ login: string | null; first: boolean }> {
  return (await request<{ login: string | null; first: boolean }>('POST', 'session/link', { body: { token } })).body
}

/** First sign-in by a one-time link: sets the password and opens a session. */
export async function useLink(token: string, password: string, login?: string): Promise<void> {
  const { body } = await request<SessionBody>('POST', 'session/link', { body: { token, password, ...(login ? { login } : {}) } })
  await enter(body)
}

export async function signOut(): Promise<void> {
  if (view) return lookAs(null)
  forgetOwn()
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
  meta.value = await get<Meta>('meta')
}

const byName = computed(() => new Map((meta.value?.entities ?? []).map((entity) => [entity.name, entity])))
const directories = computed(() => new Map((meta.value?.directories ?? []).map((directory) => [directory.name, directory])))

/** Whether the role has a permission that is no entity's: "import", "settings", "schema" ... */
export function may(permission: string): boolean {
  const user = meta.value?.user
  return !!user && (user.admin || user.permissions.includes(permission))
}
/** Some page of the administration holds more for this person than the log of their own doings. */
export function mayAdmin(): boolean { return ['schema', 'settings', 'users', 'scripts'].some(may) }
export function entity(name: string): Entity | undefined { return byName.value.get(name) }
export function directory(name: string | undefined): Directory | undefined { return name ? directories.value.get(name) : undefined }
const stages = computed(() => new Map((meta.value?.pipelines ?? []).flatMap((pipeline) => pipeline.stages).map((stage) => [stage.id, stage])))

export function stageOf(id: string): Stage | undefined { return stages.value.get(id) }
export function pipelines(entityName: string): Pipeline[] { return (meta.value?.pipelines ?? []).filter((p) => p.entity === entityName) }
export function viewsOf(page: string, entityName?: string): View[] { return (meta.value?.views ?? []).filter((view) => view.page === page && (!entityName || view.entity === entityName)) }
/** The field that a view uses for something, where there is one. */
export function fieldFor(view: View | undefined, use: string): Field | undefined { return fieldsFor(view, use)[0] }
export function fieldsFor(view: View | undefined, use: string): Field[] {
  const of = view && entity(view.entity)
  return (view?.fields[use] ?? []).flatMap((name) => of?.fields.find((field) => field.name === name) ?? [])
}
/** The sign of a kind of record that navigation leaves out; one without a sign is left out too. */
export const HIDDEN_ICON = 'none'
/** What navigation shows: own lists of the entities a person works with. */
export const lists = computed(() =>
  (meta.value?.entities ?? [])
    .filter((e) => !e.system && !e.child_of && e.can.read && e.icon !== '' && e.icon !== HIDDEN_ICON)
    .sort((a, b) => Number(b.pipeline !== undefined) - Number(a.pipeline !== undefined)),
)
