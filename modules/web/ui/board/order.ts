// The order of cards in a column, so that one that moves is put where the server would have it.
import { isMoney, isReference, type RecordData, type Value } from '../data/types'

function compareValues(a: Value | undefined, b: Value | undefined): number {
  const [emptyA, emptyB] = [a === null || a === undefined, b === null || b === undefined]
  if (emptyA || emptyB) return Number(emptyB) - Number(emptyA)
  if (isMoney(a) && isMoney(b)) return Number(a.amount) - Number(b.amount)
  if (isReference(a) && isReference(b)) return (a.title ?? '').localeCompare(b.title ?? '')
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [String(a), String(b)]
  if (/^-?\d+(\.\d+)?$/.test(x) && /^-?\d+(\.\d+)?$/.test(y)) return x.length === y.length || x.includes('.') || y.includes('.') ? Number(x) - Number(y) || x.localeCompare(y) : x.length - y.length
  return x.localeCompare(y)
}

export function compareBy(order: string): (a: RecordData, b: RecordData) => number {
  const keys = order.split(',').map((key) => ({ name: key.replace(/^-/, ''), sign: key.startsWith('-') ? -1 : 1 }))
  return (a, b) => {
    for (const { name, sign } of keys) {
      const found = compareValues(a[name], b[name])
      if (found) return found * sign
    }
    return 0
  }
}
