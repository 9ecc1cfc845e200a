// A report being built: what fits together, and how a definition changes.
import type { Catalog, Definition, Dimension, Metric, Report } from './wire'

export const empty: Definition = { measures: [], rows: [], columns: [], filters: [], period: 'this_year', chart: 'bars' }
export const charts = ['none', 'bars', 'line', 'stacked', 'pie', 'heat', 'funnel', 'gauge'] as const
export const ROWS_MAX = 4, COLUMNS_MAX = 3, METRICS_MAX = 16

/** What a report says, without what it is called. */
export function definitionOf(report: Report): Definition {
  const { measures, rows, columns, filters, period, compare, sort, limit, chart, form, numbers, where, colors } = report
  return { measures, rows, columns, filters, ...(period && { period }), ...(compare && { compare }), ...(sort && { sort }), ...(limit && { limit }), ...(chart && { chart }), ...(form && { form }), ...(numbers && { numbers }), ...(where && { where }), ...(colors && { colors }) }
}

/** The counted metrics under those of a report: formulas name others. */
export function basesOf(catalog: Catalog, names: readonly string[], seen = new Set<string>()): Metric[] {
  return names.flatMap((name) => {
    const metric = catalog.metrics.find((one) => one.name === name)
    if (!metric || seen.has(name)) return []
    seen.add(name)
    const { formula } = metric.definition
    return formula ? basesOf(catalog, formula.match(/[a-z_][a-z0-9_]*/g) ?? [], seen) : [metric]
  })
}

export function fits(dimension: Dimension, bases: readonly Metric[]): boolean {
  return bases.every(({ definition: { of, on, by } }) => by?.[dimension.name] || (dimension.period ? on : dimension.by[of ?? ''] ?? dimension.by['*']))
}

/** Kinds of records that are counted, in order. */
export const entitiesOf = (bases: readonly Metric[]): string[] => [...new Set(bases.flatMap(({ definition }) => definition.of ?? []))]

export function whereOf(definition: Definition, entity: string): string {
  return typeof definition.where === 'string' ? definition.where : definition.where?.[entity] ?? ''
}

export function withWhere(definition: Definition, entity: string, text: string): Definition {
  const { where, ...rest } = definition
  const all = typeof where === 'object' ? { ...where } : {}
  delete all[entity]
  if (text) all[entity] = text
  return Object.keys(all).length ? { ...rest, where: all } : rest
}

/** Without one metric, and what rests on it. */
export function withoutMetric(definition: Definition, name: string): Definition {
  const { sort, colors, ...rest } = definition
  const kept = Object.fromEntries(Object.entries(colors ?? {}).filter(([metric]) => metric !== name))
  return { ...rest, measures: definition.measures.filter((one) => one !== name), ...(sort && sort.replace('-', '') !== name ? { sort } : {}), ...(Object.keys(kept).length ? { colors: kept } : {}) }
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list]
  next.splice(to, 0, ...next.splice(from, 1))
  return next
}
