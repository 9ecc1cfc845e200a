// What a list shows, as its address says it: view, filter, words, order, columns, group. An address
// overrides the saved view it names, so that every state can be sent to somebody.
import { useEffect, useMemo } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import type { Entity, Field, RecordData } from '../data/types'
import { keepOwn, own } from '../data/own'
import { listColumns, titleField } from '../pages/columns'

export interface Column { field: Field; width: number | undefined }
export interface ListState {
  view: string
  where: string
  search: string
  sort: string
  group: string
  /** How the records are laid out: '' is the table, else "board" or "calendar". */
  as: string
  columns: Column[]
}
export interface SavedView { id: string; version: number; name: string; where: string; sort: string; columns: string; group: string; as: string; shared: boolean; owner: string }

const widths: Partial<Record<Field['type'], number>> = { boolean: 90, integer: 120, date: 130, time: 190, money: 136, decimal: 120, labelled: 220, choice: 140, ref: 156, links: 180, choices: 180 }
const TITLE_WIDTH = 280
const PLAIN_WIDTH = 170

/** Fields that one can group by. */
export function canGroup(field: Field): boolean {
  return !field.many && (['choice', 'ref', 'boolean', 'date', 'time'].includes(field.type) || (field.type === 'text' && !field.search)) && field.name !== 'id'
}

/** As wide as was chosen, else as its kind needs; rows that come and go never move a column. */
export function widthOf(column: Column, isTitle: boolean): number {
  return column.width ?? (isTitle ? TITLE_WIDTH : Math.max(widths[column.field.type] ?? PLAIN_WIDTH, 40 + column.field.label.length * 7.5))
}
const MIN_WIDTH = 64
const MAX_WIDTH = 900

export function readView(record: RecordData): SavedView {
  const kept = (record['columns'] ?? {}) as { columns?: string; group?: string; as?: string }
  const owner = record['owner'] as { id: string } | null
  return {
    id: record.id, version: record.version, name: String(record['name'] ?? ''), where: String(record['filter'] ?? ''), sort: String(record['sort'] ?? ''),
    columns: typeof kept.columns === 'string' ? kept.columns : '', group: typeof kept.group === 'string' ? kept.group : '', as: typeof kept.as === 'string' ? kept.as : '', shared: record['shared'] === true, owner: owner?.id ?? '',
  }
}

/** "name:240,stage" as columns; unknown names are left out, the title is always the first. */
export function readColumns(entity: Entity, text: string): Column[] {
  if (!text) return listColumns(entity).map((field) => ({ field, width: undefined }))
  const title = titleField(entity)
  const chosen = text.split(',').flatMap((part): Column[] => {
    const [name, width] = part.split(':')
    const field = entity.fields.find((item) => item.name === name)
    return field ? [{ field, width: Number(width) >= MIN_WIDTH ? Math.min(Number(width), MAX_WIDTH) : undefined }] : []
  })
  const first = chosen.find((column) => column.field === title) ?? (title ? { field: title, width: undefined } : undefined)
  return first ? [first, ...chosen.filter((column) => column.field !== title)] : chosen
}

export function writeColumns(columns: Column[]): string {
  return columns.map(({ field, width }) => (width ? `${field.name}:${Math.round(width)}` : field.name)).join(',')
}

const keys = ['where', 'sort', 'columns', 'group', 'as'] as const

export interface ListAddress {
  state: ListState
  /** The view's own settings are overridden in the address. */
  changed: boolean
  /** Sets some and leaves the rest; empty is "none", undefined "as the view has it". */
  set: (change: Partial<Record<'view' | 'search' | (typeof keys)[number], string | undefined>>, push?: boolean) => void
}

export function useListAddress(entity: Entity, views: SavedView[]): ListAddress {
  const [parameters, setParameters] = useSearchParams()
  const view = views.find((item) => item.id === parameters.get('view'))
  const chosen = parameters.has('view') ? '' : own.value.lists?.[entity.name]?.columns ?? ''
  const of = (key: (typeof keys)[number]): string => parameters.get(key) ?? view?.[key] ?? (key === 'columns' ? chosen : '')
  const viewId = parameters.get('view') ?? ''
  useEffect(() => { if ((own.peek().lists?.[entity.name]?.view ?? '') !== viewId) keepOwn({ lists: { [entity.name]: { view: viewId || null } } }) }, [entity.name, viewId])
  const columnsText = of('columns')
  const columns = useMemo(() => readColumns(entity, columnsText), [entity, columnsText])
  return {
    state: { view: parameters.get('view') ?? '', where: of('where'), search: parameters.get('search') ?? '', sort: of('sort'), group: of('group'), as: of('as'), columns },
    changed: keys.some((key) => parameters.has(key) && (view !== undefined || key !== 'as') && parameters.get(key) !== (view?.[key] ?? '')),
    set: (change, push = false) => {
      if ('columns' in change && !viewId) keepOwn({ lists: { [entity.name]: { columns: change.columns || null } } })
      setParameters((old) => {
        const next = new URLSearchParams(old)
        for (const [key, value] of Object.entries(change)) {
          const kept = (keys as readonly string[]).includes(key) && view ? view[key as (typeof keys)[number]] : ''
          if (value === undefined || value === kept) next.delete(key)
          else next.set(key, value)
        }
        if ('group' in change) next.delete('open')
        return next
      }, { replace: !push })
    },
  }
}
