// The conditions of a definition (visible_when, required_when) over what is being typed. A small reader
// of the expression language: comparisons, and, or, not, brackets, paths into references and a stage, a
// few calls. What it cannot read it does not guess: the caller says what holds then. The server decides.
import { meta, stageOf } from '../data/session'
import { isMoney, isReference, type RecordData, type Value } from '../data/types'

type Node = (record: RecordData) => unknown
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)|(==|~=|<=|>=|[<>(),]))/y

function tokens(text: string): string[] | null {
  const found: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text)
    if (!match) return null
    found.push(match[0].trim())
  }
  return found
}

function pathValue(record: RecordData, path: string): unknown {
  const [name = '', ...rest] = path.split('.')
  const value: Value | undefined = record[name]
  if (rest.length === 0) return plain(value)
  if (!isReference(value)) return null
  const stage = stageOf(value.id)
  const inner = rest.join('.')
  if (stage) return inner === 'kind' ? stage.kind : inner === 'name' ? stage.name : undefined
  return inner === 'id' ? value.id : inner === 'name' ? value.title : undefined
}

function plain(value: Value | undefined): unknown {
  if (value === undefined || value === null || value === '') return null
  if (isMoney(value)) return Number(value.amount)
  if (isReference(value)) return value.id
  if (Array.isArray(value)) return value.length ? value.map((item) => (typeof item === 'string' ? item : 'value' in item ? item['value'] : 'id' in item ? item.id : null)) : null
  return value
}

const same = (a: unknown, b: unknown): boolean => a === b || (a !== null && b !== null && typeof a !== 'boolean' && String(a) === String(b))
function order(a: unknown, b: unknown): number | null {
  if (a === null || b === null || a === undefined || b === undefined) return null
  const [x, y] = [Number(a), Number(b)]
  return Number.isNaN(x) || Number.isNaN(y) ? String(a).localeCompare(String(b)) : x - y
}

class Unreadable extends Error {}
/** Known only when the part that decides is known. */
function known(value: unknown): unknown { if (value === undefined) throw new Unreadable(); return value }

const calls: Record<string, (...given: unknown[]) => unknown> = {
  one_of: (value, ...choices) => (Array.isArray(value) ? value : [value]).some((item) => choices.some((choice) => same(item, choice))),
  contains: (value, part) => (Array.isArray(value) ? value : [value]).some((item) => String(item ?? '').toLowerCase().includes(String(part).toLowerCase())),
  starts_with: (value, part) => String(value ?? '').toLowerCase().startsWith(String(part).toLowerCase()),
  coalesce: (...values) => values.find((value) => value !== null) ?? null,
  len: (value) => (value === null ? null : (value as string | unknown[]).length),
  lower: (value) => (value === null ? null : String(value).toLowerCase()),
  today: () => new Date().toISOString().slice(0, 10),
  me: () => meta.peek()?.user.id ?? null,
}

class Reader {
  private at = 0
  constructor(private readonly list: string[]) {}
  private take(token: string): boolean { if (this.list[this.at] !== token) return false; this.at++; return true }
  private need(token: string): void { if (!this.take(token)) throw new Unreadable() }

  whole(): Node {
    const node = this.either()
    if (this.at < this.list.length) throw new Unreadable()
    return node
  }
  private either(): Node {
    let left = this.both()
    while (this.take('or')) { const [a, b] = [left, this.both()]; left = (record) => truth(a(record)) || truth(b(record)) }
    return left
  }
  private both(): Node {
    let left = this.compared()
    while (this.take('and')) { const [a, b] = [left, this.compared()]; left = (record) => truth(a(record)) && truth(b(record)) }
    return left
  }
  private compared(): Node {
    if (this.take('not')) { const inner = this.compared(); return (record) => !truth(inner(record)) }
    const left = this.value()
    const op = this.list[this.at]
    if (!op || !['==', '~=', '<', '<=', '>', '>='].includes(op)) return left
    this.at++
    const right = this.value()
    return (record) => compare(op, known(left(record)), known(right(record)))
  }
  private value(): Node {
    const token = this.list[this.at++]
    if (token === undefined) throw new Unreadable()
    if (token === '(') { const inner = this.either(); this.need(')'); return inner }
    if (/^["']/.test(token)) { const text = token.slice(1, -1).replace(/\\(.)/g, '$1'); return () => text }
    if (/^-?\d/.test(token)) return () => Number(token)
    if (token === 'nil') return () => null
    if (token === 'true' || token === 'false') return () => token === 'true'
    if (this.take('(')) return this.call(token)
    if (!/^[a-z_]/i.test(token)) throw new Unreadable()
    return (record) => known(pathValue(record, token))
  }
  private call(name: string): Node {
    const run = calls[name]
    if (!run) throw new Unreadable()
    const given: Node[] = []
    if (!this.take(')')) {
      do given.push(this.either()); while (this.take(','))
      this.need(')')
    }
    return (record) => run(...given.map((node) => node(record)))
  }
}

const truth = (value: unknown): boolean => known(value) === true
function compare(op: string, left: unknown, right: unknown): boolean {
  if (op === '==') return same(left, right)
  if (op === '~=') return !same(left, right)
  const by = order(left, right)
  return by !== null && (op === '<' ? by < 0 : op === '<=' ? by <= 0 : op === '>' ? by > 0 : by >= 0)
}

const read = new Map<string, Node | null>()
function nodeOf(text: string): Node | null {
  const kept = read.get(text)
  if (kept !== undefined) return kept
  let node: Node | null = null
  try {
    const list = tokens(text)
    node = list ? new Reader(list).whole() : null
  } catch (error) { if (!(error instanceof Unreadable)) throw error }
  read.set(text, node)
  return node
}

/** Whether the condition holds; `otherwise` where there is none or it cannot be told here. */
export function holds(condition: string | undefined, record: RecordData, otherwise: boolean): boolean {
  const node = condition ? nodeOf(condition) : null
  if (!node) return otherwise
  try { return truth(node(record)) } catch (error) {
    if (error instanceof Unreadable) return otherwise
    throw error
  }
}
