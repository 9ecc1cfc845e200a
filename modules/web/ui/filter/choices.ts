// What can be said about a field, by its type: the verbs a chip's editor offers, and a first condition.
import type { Entity, Field } from '../data/types'
import { t } from '../locale/i18n'
import { daysText } from './sentence'
import type { Comparison, Condition, TextOp, Unit } from './condition'

export interface Verb { value: string; label: string }
const units: Unit[] = ['day', 'week', 'month', 'quarter', 'year']

export function isFilterable(field: Field): boolean { return !['json', 'children', 'file', 'ref_any'].includes(field.type) && field.name !== 'version' }

/** Fields of this entity, then those of what it refers to. */
export function filterFields(entity: Entity, find: (name: string) => Entity | undefined): Field[] {
  const own = entity.fields.filter(isFilterable)
  const order = (field: Field): number => (field.name === 'owner' ? 0 : field.standard ? 2 : 1)
  const through = own.filter((field) => field.type === 'ref' && field.ref && !field.standard).flatMap((field) => {
    const target = find(field.ref ?? '')
    return (target?.fields ?? []).filter((inner) => isFilterable(inner) && !inner.standard && !inner.many).map((inner) => ({ ...inner, name: `${field.name}.${inner.name}`, label: `${field.label} · ${inner.label}` }))
  })
  return [...own.sort((a, b) => order(a) - order(b)), ...through]
}

export type Shape = 'text' | 'number' | 'date' | 'any' | 'flag'
export function shapeOf(field: Field): Shape {
  if (field.value === 'bool') return 'flag'
  if (['choice', 'choices', 'ref', 'links'].includes(field.type)) return 'any'
  if (field.value === 'date' || field.value === 'time') return 'date'
  return ['int', 'decimal', 'money'].includes(field.value) ? 'number' : 'text'
}

const blanks = (): Verb[] => [{ value: 'filled', label: t('verb_filled') }, { value: 'blank', label: t('verb_blank') }]

export function verbsOf(field: Field): Verb[] {
  switch (shapeOf(field)) {
    case 'flag': return [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]
    case 'any': return [{ value: 'is', label: t('verb_one_of') }, { value: 'is_not', label: t('verb_none_of') }, ...blanks()]
    case 'number': return [...(['>=', '<=', '>', '<', '==', '~='] as const).map((value) => ({ value, label: t(({ '>=': 'verb_at_least', '<=': 'verb_at_most', '>': 'verb_more', '<': 'verb_less', '==': 'verb_equals', '~=': 'verb_not_equals' } as const)[value]) })), ...blanks()]
    case 'date': return [
      ...units.flatMap((unit) => [0, -1, 1].map((shift) => ({ value: `${unit}:${shift}`, label: t(`${unit}_${shift < 0 ? 'last' : shift > 0 ? 'next' : 'this'}`) }))),
      ...[[-7, 0], [-30, 0], [-90, 0], [0, 7], [0, 30]].map(([from = 0, to = 0]) => ({ value: `days:${from}:${to}`, label: daysText(from, to) })),
      { value: 'overdue', label: t('before_today') },
      ...(['==', '<', '>', '<=', '>='] as const).map((value) => ({ value, label: `${t(({ '==': 'verb_on_day', '<': 'verb_before', '>': 'verb_after', '<=': 'verb_until', '>=': 'verb_since' } as const)[value])}…` })),
      ...blanks(),
    ]
    case 'text': return [{ value: 'contains', label: t('verb_contains') }, { value: 'not_contains', label: t('verb_not_contains') }, { value: 'starts_with', label: t('verb_starts_with') }, ...(field.many ? [] : [{ value: 'is', label: t('verb_equals') }]), ...blanks()]
  }
}

export function verbOf(field: Field, condition: Condition | null): string {
  switch (condition?.kind) {
    case 'blank': return condition.blank ? 'blank' : 'filled'
    case 'text': return condition.op
    case 'any': return condition.not ? 'is_not' : 'is'
    case 'period': return `${condition.unit}:${condition.shift}`
    case 'days': return `days:${condition.from}:${condition.to}`
    case 'overdue': return 'overdue'
    case 'compare': return field.value === 'bool' ? condition.value : condition.op
    default: return verbsOf(field)[shapeOf(field) === 'date' ? 6 : 0]?.value ?? ''
  }
}

export function valuesOf(condition: Condition | null): string[] {
  if (condition?.kind === 'any') return condition.values
  return condition?.kind === 'text' || condition?.kind === 'compare' ? [condition.value] : []
}

export function needsValue(field: Field, verb: string): boolean {
  return !['blank', 'filled', 'overdue', 'true', 'false'].includes(verb) && !(shapeOf(field) === 'date' && verb.includes(':'))
}

/** A condition of what the editor holds; null while something is missing. */
export function makeCondition(field: Field, verb: string, values: string[]): Condition | null {
  const name = field.name
  const first = values[0]?.trim() ?? ''
  if (verb === 'blank' || verb === 'filled') return { kind: 'blank', field: name, blank: verb === 'blank' }
  if (verb === 'overdue') return { kind: 'overdue', field: name }
  const shape = shapeOf(field)
  if (shape === 'flag') return { kind: 'compare', field: name, op: '==', value: verb }
  if (shape === 'date' && verb.startsWith('days:')) { const [, from, to] = verb.split(':'); return { kind: 'days', field: name, from: Number(from), to: Number(to) } }
  if (shape === 'date' && verb.includes(':')) { const [unit, shift] = verb.split(':'); return { kind: 'period', field: name, unit: unit as Unit, shift: Number(shift) } }
  if (first === '') return null
  if (shape === 'any' || (shape === 'text' && verb === 'is')) return { kind: 'any', field: name, not: verb === 'is_not', values: shape === 'text' ? [first] : values }
  if (shape === 'text') return { kind: 'text', field: name, op: verb as TextOp, value: first }
  const plain = shape === 'number' ? first.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.') : first
  return shape === 'number' && !/^-?\d+(\.\d+)?$/.test(plain) ? null : { kind: 'compare', field: name, op: verb as Comparison, value: plain }
}
