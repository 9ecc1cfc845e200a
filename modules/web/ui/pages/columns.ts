// Which fields a list shows when nobody has chosen, and which ones a record shows, in which order.
import type { Entity, Field, RecordData } from '../data/types'
import { isMoney } from '../data/types'
import { formatMoney, referenceTitle } from '../format/format'

const COLUMNS_MAX = 7
const unlisted = new Set(['long_text', 'json', 'children', 'ref_any', 'file', 'links', 'choices'])
const early = ['stage', 'amount', 'budget', 'spent', 'kind', 'organization', 'contact', 'owner', 'job_title', 'industry', 'emails', 'phones', 'due_at', 'status', 'channel', 'starts_on', 'expected_on', 'price', 'category', 'source', 'country', 'open_deals', 'created_at']

export function titleField(entity: Entity): Field | undefined { return entity.fields.find((field) => field.name === entity.title) }

export function listColumns(entity: Entity): Field[] {
  const title = titleField(entity)
  const rank = (field: Field): number => {
    const place = early.indexOf(field.name)
    return place >= 0 ? place : field.standard ? 1000 : 100
  }
  const rest = entity.fields
    .filter((field) => field !== title && !unlisted.has(field.type) && rank(field) < 1000 && !(isNamePart(entity, field)))
    .map((field, index) => ({ field, order: rank(field) * 1000 + index }))
    .sort((a, b) => a.order - b.order)
    .map((item) => item.field)
  const shown = [...(title ? [title] : []), ...rest].slice(0, COLUMNS_MAX)
  return shown.length === COLUMNS_MAX ? shown.filter((field) => field.name !== 'created_at') : shown
}

/** first_name and the like say nothing beside a computed title. */
function isNamePart(entity: Entity, field: Field): boolean {
  return titleField(entity)?.type === 'formula' && /_name$/.test(field.name) && field.name !== 'organization_name'
}

const technical = new Set(['id', 'version', 'deleted_at', 'created_by', 'updated_by', 'created_at', 'updated_at', 'external_id', 'followers'])

export function recordFields(entity: Entity, record: RecordData): { main: Field[]; more: Field[] } {
  const shown = entity.fields.filter((field) => !technical.has(field.name) && field.name !== entity.pipeline?.stage && field.type !== 'children')
  const own = shown.filter((field) => !field.standard)
  const isBlank = (field: Field): boolean => {
    const value = record[field.name]
    return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  }
  const standing = own.filter((field, index) => !isBlank(field) || index < 10)
  const rest = own.filter((field) => !standing.includes(field))
  return { main: [...shown.filter((field) => field.standard), ...standing], more: rest }
}

export function titleOf(entity: Entity, record: RecordData): string {
  const value = record[entity.title]
  return typeof value === 'string' && value ? referenceTitle({ id: record.id, title: value }, entity.name) : `${entity.label} ${record.id}`
}

export function figureOf(entity: Entity, record: RecordData): string {
  const field = entity.fields.find((item) => item.type === 'money' && isMoney(record[item.name]))
  const value = field ? record[field.name] : null
  return isMoney(value) && entity.pipeline ? formatMoney(value) : ''
}

export function initials(title: string): string {
  return title.replace(/[«»"'()]/g, '').split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0] ?? '').join('').toUpperCase()
}
