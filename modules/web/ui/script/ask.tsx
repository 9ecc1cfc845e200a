// Asks a script for what it offers: with its form in a dialog, or at once; the answer is a toast that takes it
// back.
import { request } from '../data/api'
import { progress } from '../data/jobs'
import type { Entity, ScriptAction } from '../data/types'
import { offerUndo, say } from '../data/undo'
import { openDialog } from '../kit/openDialog'
import { t, textsOf } from '../locale/i18n'
import en from '../locale/script_en.json'
import ru from '../locale/script_ru.json'
import { ActionForm } from './ActionForm'

const ts = textsOf({ en, ru })
export interface Asked { records: () => Promise<{ ids: string[]; left: number }>; onDone: () => void }

/** What a script answers with, where it is for people: a text or a number. */
const told = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

async function ask(entity: Entity, action: ScriptAction, asked: Asked, form?: Record<string, unknown>): Promise<void> {
  const { ids, left } = await asked.records()
  if (ids.length === 0) { say(ts('for_none', { what: action.label })); return }
  if (!form) progress.value = { text: t('working'), done: null, of: null }
  try {
    const { body, changeset } = await request<{ value: unknown }>('POST', `records/${entity.name}/actions/${action.name}`, { body: { ids, ...(form ? { form } : {}) } })
    const parts = [ts('done', { what: action.label }), told(body.value), left > 0 ? ts('left', { count: left }) : '']
    offerUndo(parts.filter(Boolean).join(' · '), changeset, asked.onDone)
    asked.onDone()
  } finally { if (!form) progress.value = null }
}

export async function askFor(entity: Entity, action: ScriptAction, asked: Asked): Promise<void> {
  if (action.form.length === 0) { await ask(entity, action, asked); return }
  openDialog(action.label, ({ close }) => <ActionForm action={action} onClose={close} onSend={(form) => ask(entity, action, asked, form)} />)
}
