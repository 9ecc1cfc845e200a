// How the records of an entity can be laid out: a table always, a board where they move through stages,
// a calendar where a module says which of their fields are times.
import { fieldFor, pipelines, viewsOf } from '../data/session'
import type { Entity } from '../data/types'
import type { ListAddress } from './state'
import type { Views } from './ViewTabs'

export type Layout = 'table' | 'board' | 'calendar'
export interface LayoutProps { entity: Entity; views: Views; address: ListAddress }
export const layoutIcons: Record<Layout, string> = { table: 'list', board: 'board', calendar: 'calendar' }

export function layoutsOf(entity: Entity): Layout[] {
  const calendar = viewsOf('calendar', entity.name)[0]
  return [
    'table',
    ...(entity.pipeline && pipelines(entity.name).length > 0 ? ['board' as const] : []),
    ...(fieldFor(calendar, 'starts') || fieldFor(calendar, 'due') ? ['calendar' as const] : []),
  ]
}

export function layoutOf(entity: Entity, as: string): Layout { return layoutsOf(entity).find((layout) => layout === as) ?? 'table' }
