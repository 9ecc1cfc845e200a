// Dashboards as the server answers them (sdk/doc/reports.md).
import { request } from '../data/api'
import type { RecordData } from '../data/types'
import { language } from '../locale/i18n'
import { bodyOf, type Answer, type Parameters, type Span } from '../reports/wire'

export type Text = string | { en: string; ru?: string }
export const shownWords = ['table', 'chart', 'figure', 'funnel', 'pivot', 'cards', 'goal'] as const
export type Shown = (typeof shownWords)[number]
/** One of `report`, `entity` and `text`. */
export interface Widget {
  report?: string; shown?: Shown; metric?: string; goal?: string; period?: string; compare?: string; filters?: Record<string, unknown[]>
  entity?: string; where?: string; sort?: string; fields?: string
  text?: Text; title?: Text; width?: number; height?: number; limit?: number
}
export interface Definition { period?: string; widgets: Widget[] }
export interface Dashboard {
  name: string; label: string; help?: string; period?: string; roles: string[]; widgets: number
  saved?: { author: { id: string | null; title?: string } }
  problem?: string
}
export interface Listing { dashboards: Dashboard[]; first: string | null }
/** What a widget comes to. */
export interface Found { answer?: Answer; not_narrowed?: string[]; list?: { records: RecordData[] }; problem?: { code: string; detail: string } }
export interface Page { dashboard: Dashboard & { definition?: Definition }; at: string; period: Span | null; widgets: Found[] }

export const WIDTH = 12, HEIGHT_MAX = 12, WIDGETS_MAX = 24
export const widthOf = (widget: Widget): number => widget.width ?? 4
export const heightOf = (widget: Widget): number => widget.height ?? 3

export function textOf(text: Text | undefined): string {
  if (text === undefined || typeof text === 'string') return text ?? ''
  return language.value === 'ru' && text.ru ? text.ru : text.en
}

/** What the page asks with; a definition that is being arranged stands in no address. */
export function pageBody(parameters: Parameters, definition?: Definition): Record<string, unknown> {
  return { ...bodyOf(parameters), ...(definition ? { definition } : {}) }
}

export async function runPage(name: string, parameters: Parameters, definition: Definition | undefined, abort: AbortSignal): Promise<Page> {
  return (await request<Page>('POST', `dashboards/${definition ? 'new' : name}`, { body: pageBody(parameters, definition), signal: abort })).body
}

/** The definition of a dashboard without what it is called: that of a ready one says more. */
export function definitionOf(page: Page): Definition {
  const found = page.dashboard.definition
  const widgets = Array.isArray(found?.widgets) ? found.widgets : []
  return { ...(found?.period ? { period: found.period } : {}), widgets }
}
