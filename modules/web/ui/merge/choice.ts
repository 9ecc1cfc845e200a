// What a merge will come to: which record gives each field. The same as the server does by itself where
// nobody chooses: the value of the record that stays, or the first one there is.
import type { Entity, Field, RecordData, Value } from '../data/types'
import { formatValue } from '../format/format'

const listed = new Set(['labelled', 'links', 'choices'])
const computed = new Set(['formula', 'rollup', 'series', 'children'])
const chosenStandard = new Set(['owner', 'team', 'external_id', 'tags'])

export const isList = (field: Field): boolean => listed.has(field.type)
export const shown = (field: Field, record: RecordData): string => formatValue(field, record[field.name] as Value | undefined)

/** Fields that one of the records has something in and that may be written. */
export function mergeable(entity: Entity, records: RecordData[]): Field[] {
  return entity.fields.filter((field) => !computed.has(field.type) && !field.read_only && !field.locked && (!field.standard || chosenStandard.has(field.name)) && records.some((record) => shown(field, record) !== ''))
}

export function differs(field: Field, records: RecordData[]): boolean {
  return new Set(records.map((record) => shown(field, record))).size > 1
}

/** The fullest one; of equals the oldest. */
export function fullest(entity: Entity, records: RecordData[]): string {
  const filled = (record: RecordData): number => entity.fields.filter((field) => shown(field, record) !== '').length
  return [...records].sort((a, b) => filled(b) - filled(a) || (a.id.length - b.id.length || (a.id < b.id ? -1 : 1)))[0]?.id ?? ''
}

/** The record whose value is taken. */
export function giver(field: Field, records: RecordData[], into: string, from: Record<string, string>): RecordData | undefined {
  const ordered = [...records.filter((record) => record.id === into), ...records.filter((record) => record.id !== into)]
  return ordered.find((record) => record.id === from[field.name]) ?? ordered.find((record) => shown(field, record) !== '') ?? ordered[0]
}

export function united(field: Field, records: RecordData[], into: string): string {
  const ordered = [...records.filter((record) => record.id === into), ...records.filter((record) => record.id !== into)]
  return [...new Set(ordered.flatMap((record) => { const value = record[field.name]; return Array.isArray(value) ? value.map((item) => formatValue(field, [item] as Value)) : [] }))].join(', ')
}
