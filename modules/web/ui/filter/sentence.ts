// A condition as a person says it: field, verb, value.
import { signal } from '@preact/signals'
import { get } from '../data/api'
import { directory, entity as findEntity, meta, pipelines } from '../data/session'
import type { Entity, Field, Page } from '../data/types'
import { formatDate, formatDecimal, formatMoney } from '../format/format'
import { t, type MessageKey } from '../locale/i18n'
import { fieldOf, isCall, type Condition } from './condition'

export interface Sentence { subject: string; verb: string; value: string }

/** Titles of the records that filters name, asked for once. */
const titles = signal<ReadonlyMap<string, string>>(new Map())
const asked = new Set<string>()

export function knowTitle(id: string, title: string): void {
  if (titles.peek().get(id) !== title) titles.value = new Map(titles.peek()).set(id, title)
}

function titleOf(entityName: string, owner: string, id: string): string {
  if (entityName === 'stage' || entityName === 'pipeline') {
    const all = pipelines(owner)
    const options = entityName === 'pipeline' ? all : all.flatMap((pipeline) => pipeline.stages)
    return options.find((item) => item.id === id)?.label ?? id
  }
  if (id === meta.value?.user.id) return meta.value.user.name
  const known = titles.value.get(id)
  if (known !== undefined || asked.has(id)) return known ?? '…'
  asked.add(id)
  const target = findEntity(entityName)
  if (target)
    get<Page>(`records/${entityName}`, { where: `id == "${id}"`, fields: target.title, limit: 1 })
      .then((page) => knowTitle(id, String(page.records[0]?.[target.title] ?? id)))
      .catch(() => asked.delete(id))
  return '…'
}

const calls: Record<string, MessageKey> = { 'me()': 'me', 'my_team()': 'my_team', 'my_tree()': 'my_tree' }

export function valueLabel(entity: Entity, field: Field, value: string): string {
  if (isCall(value)) return t(calls[value] ?? 'me')
  if (field.type === 'choice' || field.type === 'choices') return directory(field.directory)?.items.find((item) => item.code === value)?.label ?? value
  return field.ref ? titleOf(field.ref, entity.name, value) : `“${value}”`
}

function joined(parts: string[]): string {
  return new Intl.ListFormat(document.documentElement.lang, { type: 'disjunction' }).format(parts)
}

function compareSentence(field: Field, condition: Extract<Condition, { kind: 'compare' }>): Pick<Sentence, 'verb' | 'value'> {
  if (field.value === 'bool') return { verb: t('verb_is'), value: condition.value === 'true' ? t('yes') : t('no') }
  const date = field.value === 'date' || field.value === 'time'
  const verbs: Record<string, MessageKey> = date
    ? { '==': 'verb_on', '~=': 'verb_not_on', '<': 'verb_before', '>': 'verb_after', '<=': 'verb_until', '>=': 'verb_since' }
    : { '==': 'verb_equals', '~=': 'verb_not_equals', '<': 'verb_less', '>': 'verb_more', '<=': 'verb_at_most', '>=': 'verb_at_least' }
  const value = date ? formatDate(condition.value)
    : field.value === 'money' ? formatMoney({ amount: condition.value, currency: meta.value?.company.currency ?? 'USD' }) : formatDecimal(condition.value)
  return { verb: t(verbs[condition.op] ?? 'verb_is'), value }
}

export function daysText(from: number, to: number): string {
  if (to === 0) return t('last_days', { count: -from })
  if (from === 0) return t('next_days', { count: to })
  return t('days_range', { from, to })
}

export function sentenceOf(entity: Entity, condition: Condition): Sentence {
  if (condition.kind === 'expression') return { subject: t('expression'), verb: '', value: condition.text }
  if (condition.kind === 'segment') return { subject: t('segment'), verb: condition.not ? t('verb_is_not') : t('verb_is'), value: condition.name }
  const field = fieldOf(entity, condition)
  const subject = field?.label ?? condition.field
  if (!field) return { subject, verb: '', value: '' }
  switch (condition.kind) {
    case 'blank': return { subject, verb: condition.blank ? t('verb_blank') : t('verb_filled'), value: '' }
    case 'text': return { subject, verb: t(`verb_${condition.op}`), value: `“${condition.value}”` }
    case 'any': return { subject, verb: condition.not ? t('verb_is_not') : t('verb_is'), value: joined(condition.values.map((value) => valueLabel(entity, field, value))) }
    case 'period': return { subject, verb: '', value: t(`${condition.unit}_${condition.shift < 0 ? 'last' : condition.shift > 0 ? 'next' : 'this'}` as MessageKey) }
    case 'days': return { subject, verb: '', value: daysText(condition.from, condition.to) }
    case 'overdue': return { subject, verb: '', value: t('before_today') }
    case 'compare': return { subject, ...compareSentence(field, condition) }
  }
}
