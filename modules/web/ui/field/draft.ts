// Between what a record holds and what a form edits: texts on the way in, wire values on the way out.
import { instantOf, momentOf } from '../format/days'
import { isMoney, isReference, type Field, type Labelled, type Reference, type Value } from '../data/types'

export type Draft = string | boolean | Reference | null | Labelled[] | Reference[]

const UNEDITABLE = new Set(['json', 'formula', 'rollup', 'children', 'series', 'links', 'choices', 'ref_any', 'file'])

/** Fields that this page can edit in place. */
export function isEditable(field: Field): boolean {
  return !field.read_only && !field.locked && !UNEDITABLE.has(field.type) && (!field.standard || field.name === 'owner' || field.name === 'team')
}

/** "2026-11-22T14:05" on the person's clock, as the browser's own picker has it. */
export function toClock(iso: string): string {
  const { day, minutes } = momentOf(iso)
  return `${day}T${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
export function fromClock(text: string): string {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)$/.exec(text)
  return found ? instantOf(found[1]!, Number(found[2]) * 60 + Number(found[3])) : text
}

export function toDraft(field: Field, value: Value | undefined): Draft {
  if (field.type === 'labelled') return Array.isArray(value) ? (value as Labelled[]).map((item) => ({ ...item })) : []
  if (value === null || value === undefined) return field.type === 'ref' ? null : field.type === 'boolean' ? false : ''
  if (isMoney(value)) return value.amount.replace(/\.0+$/, '')
  if (isReference(value)) return value
  if (typeof value === 'boolean') return value
  if (field.type === 'time') return toClock(String(value))
  return String(value)
}

/** The wire value of a draft; numbers as typed by a person ("1 240,50") become exact decimals. */
export function fromDraft(field: Field, draft: Draft, currency: string): unknown {
  if (field.type === 'labelled') return (draft as Labelled[]).filter((item) => item.value.trim() !== '')
  if (field.type === 'ref') return draft ? (draft as Reference).id : null
  if (typeof draft === 'boolean') return draft
  const text = String(draft ?? '')
  if (text === '') return null
  switch (field.type) {
    case 'integer': return /^-?\d+$/.test(plain(text)) ? Number(plain(text)) : text
    case 'decimal': return plain(text)
    case 'money': return { amount: plain(text), currency }
    case 'time': return fromClock(text)
    default: return text
  }
}

function plain(text: string): string {
  const tight = text.replace(/[\s\u00a0\u202f]/g, '').replace('−', '-')
  return tight.includes(',') && !tight.includes('.') ? tight.replace(',', '.') : tight.replace(/,/g, '')
}
