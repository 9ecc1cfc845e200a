// Figures and keys as a person reads them.
import { dayText } from '../format/days'
import { stageOf } from '../data/session'
import { formatDate, formatDecimal, formatMoney } from '../format/format'
import { language } from '../locale/i18n'
import { tr } from './texts'
import type { Dimension, Figure, Key, Metric } from './wire'

export function numberOf(figure: Figure | undefined): number {
  if (figure === null || figure === undefined) return 0
  return typeof figure === 'object' ? Number(figure.amount) : Number(figure)
}

/** In a column; money with its hundredths. */
export function figureText(metric: Metric, figure: Figure | undefined): string {
  if (figure === null || figure === undefined) return '–'
  if (typeof figure === 'object') return formatMoney(figure, true)
  if (metric.unit === 'percent') return new Intl.NumberFormat(language.value, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(Number(figure))
  if (typeof figure === 'number') return new Intl.NumberFormat(language.value).format(figure)
  const text = new Intl.NumberFormat(language.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  if (metric.unit === 'days') return tr('days', { n: text.format(Number(figure)) })
  if (metric.unit === 'hours') return tr('hours', { n: text.format(Number(figure)) })
  return metric.additive ? formatDecimal(figure) : text.format(Number(figure))
}

/** By how much it changed, as a share; null where there is nothing to compare with. */
export function changeOf(now: Figure | undefined, before: Figure | undefined): number | null {
  const base = numberOf(before)
  return base === 0 || now === null || now === undefined ? null : (numberOf(now) - base) / Math.abs(base)
}

export function changeText(change: number): string {
  return new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(change).replace('-', '−')
}

export function keyText(dimension: Dimension | undefined, key: Key): string {
  if (key.any) return tr('total')
  if (key.value === null || key.value === '') return tr('not_set')
  if (typeof key.value === 'boolean') return tr(key.value ? 'yes' : 'no')
  if (!dimension?.period || typeof key.value !== 'string') return stageOf(String(key.value))?.label ?? key.title ?? String(key.value)
  const day = key.value
  switch (dimension.period) {
    case 'year': return day.slice(5) === '01-01' ? day.slice(0, 4) : `${day.slice(0, 4)}/${String(Number(day.slice(0, 4)) + 1).slice(2)}`
    case 'quarter': return `${tr('quarter', { n: Math.floor((Number(day.slice(5, 7)) - 1) / 3) + 1 })} ${day.slice(0, 4)}`
    case 'month': return dayText(day, { month: 'short', year: 'numeric' }).replace(/ г\.$/, '')
    case 'week': return tr('week_of', { day: formatDate(day) })
    default: return formatDate(day)
  }
}

/** A key under a bar: the year of a day stands in the line below the report. */
export function axisText(dimension: Dimension, key: Key): string {
  const isDay = (dimension.period === 'day' || dimension.period === 'week') && typeof key.value === 'string'
  return isDay ? dayText(String(key.value), { day: 'numeric', month: 'short' }) : keyText(dimension, key)
}

export type Level = 'good' | 'fair' | 'bad'

/** `0.2..0.4` or `60..20`. */
export function spanOf(span: string | undefined): { bad: number; good: number } | null {
  const [bad, good] = (span ?? '').split('..').map(Number)
  return bad === undefined || good === undefined || !Number.isFinite(bad) || !Number.isFinite(good) ? null : { bad, good }
}

/** Where a figure stands in a span from bad to good. */
export function levelOf(span: string | undefined, figure: Figure | undefined): Level | null {
  const found = spanOf(span)
  if (!found || figure === null || figure === undefined) return null
  const { bad, good } = found
  const rises = good >= bad ? 1 : -1
  const value = numberOf(figure) * rises
  return value >= good * rises ? 'good' : value <= bad * rises ? 'bad' : 'fair'
}

/** Whether a figure is to be looked at before it is believed. */
export function isFlagged(metric: Metric, figure: Figure | undefined): boolean {
  return metric.flag_above !== undefined && figure !== null && figure !== undefined && numberOf(figure) > Number(metric.flag_above)
}
