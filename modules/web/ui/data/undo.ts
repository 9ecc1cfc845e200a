// Every write can be taken back: a toast of eight seconds, Z, through the server's changeset.
import { signal } from '@preact/signals'
import { isWriting, Problem, request, whenWritten } from './api'
import { followJob } from './jobs'
import { t } from '../locale/i18n'

export interface Toast { id: number; text: string; changeset: string | null; bad?: boolean; onUndone?: () => void; takeBack?: () => Promise<unknown> }
export const toasts = signal<Toast[]>([])

const SHOWN_MS = 8000
let counter = 0

function show(toast: Omit<Toast, 'id'>): void {
  const id = ++counter
  toasts.value = [...toasts.value.slice(-2), { ...toast, id }]
  setTimeout(() => dismiss(id), SHOWN_MS)
}

export function dismiss(id: number): void { toasts.value = toasts.value.filter((toast) => toast.id !== id) }
export function say(text: string): void { show({ text, changeset: null }) }
export function sayProblem(error: unknown): void {
  const text = error instanceof Problem ? (error.code === 'offline' ? t('offline') : error.message) : String(error)
  show({ text, changeset: null, bad: true })
}
export function offerUndo(text: string, changeset: string | null = null, onUndone?: () => void): void {
  show({ text, changeset, ...(onUndone ? { onUndone } : {}) })
}

/** The same for what no changeset holds: definitions, which are put back as they were. */
export function offerTakingBack(text: string, takeBack: () => Promise<unknown>): void { show({ text, changeset: null, takeBack }) }
export const mayUndo = (): boolean => isWriting() || toasts.value.some(canUndo)
export const canUndo = (toast: Toast): boolean => toast.changeset !== null || toast.takeBack !== undefined

/** Takes back what the given toast (or the newest one that can be, also of a write on its way) did. */
export async function undo(toast?: Toast): Promise<void> {
  if (!toast) await whenWritten()
  const chosen = toast ?? [...toasts.value].reverse().find(canUndo)
  if (!chosen || !canUndo(chosen)) return
  dismiss(chosen.id)
  try {
    if (chosen.takeBack) { await chosen.takeBack(); say(t('undone')); return }
    const { body, status } = await request<{ conflicts?: unknown[]; job?: string }>('POST', `changesets/${chosen.changeset}/undo`, { body: {} })
    if (status === 202 && body.job) await followJob(body.job, t('undoing'))
    say(body?.conflicts?.length ? t('undone_partly', { count: body.conflicts.length }) : t('undone'))
    chosen.onUndone?.()
  } catch (error) {
    sayProblem(error)
  }
}
