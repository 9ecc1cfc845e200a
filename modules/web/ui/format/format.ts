// Values as a person reads them: Intl in the reader's language, exact decimals never through floats.
import { language, t } from '../locale/i18n'
import { directory, meta } from '../data/session'
import { isMoney, isReference, type Field, type Labelled, type Money, type RecordData, type Reference, type Value } from '../data/types'

/** Groups the digits of an exact decimal text; the fraction stays as it is. */
export function formatDecimal(text: string): string {
  const [whole = '0', fraction] = text.split('.')
  const negative = whole.startsWith('-')
  const grouped = new Intl.NumberFormat(language.value).format(BigInt(negative ? whole.slice(1) : whole))
  const point = new Intl.NumberFormat(language.value).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.'
  return (negative ? '−' : '') + grouped + (fraction ? point + fraction : '')
}

/** `exact`: with the hundredths that are none too, so that the figures of a column stand below each other. */
export function formatMoney(money: Money, exact = false): string {
  const parts = new Intl.NumberFormat(language.value, { style: 'currency', currency: money.currency, currencyDisplay: 'narrowSymbol' }).formatToParts(1)
  const symbol = parts.find((part) => part.type === 'currency')?.value ?? money.currency
  const first = parts[0]?.type === 'currency'
  const number = formatDecimal(exact ? money.amount : money.amount.replace(/\.0+$/, ''))
  const sign = first && /^[-−]/.test(number) ? '−' : ''
  return first ? `${sign}${symbol}${symbol.length > 1 ? ' ' : ''}${number.slice(sign.length)}` : `${number} ${symbol}`
}

export function formatDate(iso: string): string {
  const [year = 1970, month = 1, day = 1] = iso.split('-').map(Number)
  return new Intl.DateTimeFormat(language.value, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
    .format(new Date(Date.UTC(year, month - 1, day)))
}

/** Days from one to the other, no more often named than needed: "1 – 30 Nov 2026". */
export function formatDays(from: string, until: string): string {
  return new Intl.DateTimeFormat(language.value, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
    .formatRange(new Date(`${from}T00:00:00Z`), new Date(`${until}T00:00:00Z`))
}

export function formatTime(iso: string): string {
  const zone = meta.value?.user.zone || meta.value?.company.zone
  return new Intl.DateTimeFormat(language.value, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', ...(zone ? { timeZone: zone } : {}) })
    .format(new Date(iso))
}

export function choiceLabel(field: Field, code: string): string {
  return directory(field.directory)?.items.find((item) => item.code === code)?.label ?? code
}

export function referenceTitle(value: Reference, entityName?: string): string {
  if (entityName === 'stage') {
    for (const pipeline of meta.value?.pipelines ?? []) {
      const stage = pipeline.stages.find((item) => item.id === value.id)
      if (stage) return stage.label
    }
  }
  if (entityName === 'pipeline') return meta.value?.pipelines.find((item) => item.id === value.id)?.label ?? value.title ?? ''
  return value.title ?? ''
}

const SYSTEM_ID = '1'
/** Who did something, by name; what nobody did, the system did. */
export function actorName(actor: Reference | null | undefined): string {
  return actor && actor.id !== SYSTEM_ID && actor.title ? actor.title : t('system_actor')
}

/** One line of text for any value. */
export function formatValue(field: Field, value: Value | undefined): string {
  if (value === null || value === undefined || value === '') return ''
  if (isMoney(value)) return formatMoney(value)
  if (Array.isArray(value)) return value.map((item) => formatItem(field, item)).filter(Boolean).join(', ')
  if (isReference(value)) return referenceTitle(value, field.ref)
  if (typeof value === 'boolean') return value ? t('yes') : t('no')
  if (field.type === 'choice') return choiceLabel(field, String(value))
  switch (field.value) {
    case 'date': return formatDate(String(value))
    case 'time': return formatTime(String(value))
    case 'int': return new Intl.NumberFormat(language.value, { useGrouping: !/year/.test(field.name) }).format(Number(value))
    case 'decimal': return formatDecimal(String(value))
    default: return String(value)
  }
}

function formatItem(field: Field, item: string | Labelled | Reference | RecordData): string {
  if (typeof item === 'string') return choiceLabel(field, item)
  if ('value' in item && typeof item.value === 'string') return item.value
  if ('title' in item && typeof item.title === 'string') return item.title
  return 'name' in item ? String(item['name'] ?? '') : ''
}

/** The same in a column of a table. */
export function formatCell(field: Field, value: Value | undefined): string { return isMoney(value) ? formatMoney(value, true) : formatValue(field, value) }

export function isNumeric(field: Field): boolean { return ['int', 'decimal', 'money'].includes(field.value) }

export function sizeText(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
  let at = 0
  let value = bytes
  while (value >= 1024 && at < units.length - 1) { value /= 1024; at++ }
  return new Intl.NumberFormat(language.value, { style: 'unit', unit: units[at] ?? 'byte', unitDisplay: at === 0 ? 'narrow' : 'short', maximumFractionDigits: value < 10 && at > 0 ? 1 : 0 }).format(value)
}
