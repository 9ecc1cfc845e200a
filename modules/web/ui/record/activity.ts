// What the client knows of activities beyond their definition: which fields a person fills for each
// kind when writing one down, and what makes one open. Kinds and labels come from the server.
import { request } from '../data/api'
import { recordSignal } from '../data/records'
import { entity as findEntity } from '../data/session'
import { offerUndo } from '../data/undo'
import type { Entity, RecordData } from '../data/types'
import { tr } from './texts'

export const ACTIVITY = 'activity'

export interface Form {
  kind: string
  icon: string
  keys?: string
  fields: string[]
  /** Wide ones stand on a line of their own. */
  wide: string[]
  /** What was done and is only written down. */
  past: boolean
}
export const forms: Form[] = [
  { kind: 'note', icon: 'note', keys: 'n', fields: ['body'], wide: ['body'], past: true },
  { kind: 'task', icon: 'check-square', keys: 't', fields: ['subject', 'due_at', 'owner', 'priority', 'body'], wide: ['subject', 'body'], past: false },
  { kind: 'call', icon: 'phone', keys: 'l', fields: ['subject', 'direction', 'outcome', 'duration_seconds', 'done_at', 'body'], wide: ['subject', 'body'], past: true },
  { kind: 'meeting', icon: 'calendar', fields: ['subject', 'starts_at', 'ends_at', 'location', 'participants', 'body'], wide: ['subject', 'participants', 'body'], past: false },
  { kind: 'e-mail', icon: 'mail', keys: 'm', fields: ['subject', 'direction', 'done_at', 'body'], wide: ['subject', 'body'], past: true },
]
const otherForm: Form = { kind: '', icon: 'circle', fields: ['subject', 'due_at', 'body'], wide: ['subject', 'body'], past: false }

export function formOf(kind: string): Form { return forms.find((form) => form.kind === kind) ?? { ...otherForm, kind } }

/** The entity as this person sees it; undefined where no module has it or the role hides it. */
export function activities(): Entity | undefined {
  const found = findEntity(ACTIVITY)
  return found?.can.read ? found : undefined
}

export const OPEN = 'done_at == nil and not one_of(status, "done", "cancelled") and kind ~= "note"'
export function isOpen(record: RecordData): boolean {
  return record['done_at'] === null && record['status'] !== 'done' && record['status'] !== 'cancelled' && record['kind'] !== 'note'
}
export function momentOf(record: RecordData): string {
  return String(record['done_at'] ?? record['due_at'] ?? record['starts_at'] ?? record['created_at'] ?? '')
}
export function isOverdue(record: RecordData): boolean {
  const due = record['due_at'] ?? record['starts_at']
  return isOpen(record) && typeof due === 'string' && Date.parse(due) < Date.now()
}

export async function tick(record: RecordData, onUndone: () => void): Promise<void> {
  const { body, changeset } = await request<RecordData>('PATCH', `records/${ACTIVITY}/${record.id}`, { body: { status: 'done' }, headers: { 'If-Match': `"${record.version}"` } })
  recordSignal(ACTIVITY, record.id).value = body
  offerUndo(tr('task_done', { what: String(record['subject'] ?? '') }), changeset, onUndone)
}

const SUBJECT_MAX = 200
/** The first line of a text stands for what nobody gave a subject. */
export function subjectOf(text: string, otherwise: string): string {
  const line = text.trim().split('\n')[0]?.trim() ?? ''
  return line.length > SUBJECT_MAX ? `${line.slice(0, SUBJECT_MAX - 1)}…` : line || otherwise
}
