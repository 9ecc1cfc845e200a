// A filter is one expression; what the chips can say of it is read back out of its text, so that an
// address, a saved view and the server all hold the same thing. What chips cannot say stays as text.
import { entity as findEntity } from '../data/session'
import type { Entity, Field } from '../data/types'

export type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year'
export type Comparison = '==' | '~=' | '>' | '>=' | '<' | '<='
export type TextOp = 'contains' | 'not_contains' | 'starts_with'
/** Values of `any` are texts in quotes or one of the calls me(), my_team(), my_tree(). */
export type Condition =
  | { kind: 'blank'; field: string; blank: boolean }
  | { kind: 'text'; field: string; op: TextOp; value: string }
  | { kind: 'compare'; field: string; op: Comparison; value: string }
  | { kind: 'any'; field: string; not: boolean; values: string[] }
  | { kind: 'period'; field: string; unit: Unit; shift: number }
  | { kind: 'days'; field: string; from: number; to: number }
  | { kind: 'overdue'; field: string }
  | { kind: 'segment'; name: string; not: boolean }
  | { kind: 'expression'; text: string }

const CALLS = new Set(['me()', 'my_team()', 'my_tree()'])
export const isCall = (value: string): boolean => CALLS.has(value)

/** The field that a condition is about; null where it is about none. */
export function fieldOf(entity: Entity, condition: Condition): Field | null { return 'field' in condition ? fieldAt(entity, condition.field) : null }

/** The field that a path names, with a label that says the way; null where it does not lead anywhere. */
export function fieldAt(entity: Entity, path: string): Field | null {
  const [first = '', ...rest] = path.split('.')
  const field = entity.fields.find((item) => item.name === first)
  if (!field || rest.length === 0) return field ?? null
  const target = field.ref ? findEntity(field.ref) : undefined
  const inner = target ? fieldAt(target, rest.join('.')) : null
  return inner && { ...inner, name: path, label: `${field.label} · ${inner.label}` }
}

const quote = (text: string): string => JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}')
const literal = (value: string): string => (isCall(value) ? value : quote(value))
const today = (days: number): string => (days === 0 ? 'today()' : `date_add(today(), ${days}, "day")`)

function isNumber(field: Field | null): boolean { return field !== null && ['int', 'decimal', 'money'].includes(field.value) }

function compareText(entity: Entity, condition: Extract<Condition, { kind: 'compare' }>): string {
  const field = fieldAt(entity, condition.field)
  if (field?.value === 'bool') return condition.value === 'true' ? condition.field : `${condition.field} ~= true`
  const left = field?.value === 'time' && (condition.op === '==' || condition.op === '~=') ? `day(${condition.field})` : condition.field
  return `${left} ${condition.op} ${isNumber(field) ? condition.value : quote(condition.value)}`
}

function anyText(entity: Entity, { field: name, not, values }: Extract<Condition, { kind: 'any' }>): string {
  const [only] = values
  const single = values.length === 1 && only !== undefined && only !== 'my_tree()' && !fieldAt(entity, name)?.many
  if (single) return `${name} ${not ? '~=' : '=='} ${literal(only)}`
  return `${not ? 'not ' : ''}one_of(${name}, ${values.map(literal).join(', ')})`
}

export function printCondition(entity: Entity, condition: Condition): string {
  switch (condition.kind) {
    case 'blank': return `${condition.field} ${condition.blank ? '==' : '~='} nil`
    case 'text': return condition.op === 'not_contains' ? `not contains(${condition.field}, ${quote(condition.value)})` : `${condition.op}(${condition.field}, ${quote(condition.value)})`
    case 'compare': return compareText(entity, condition)
    case 'any': return anyText(entity, condition)
    case 'period': {
      const now = `${condition.unit}(today())`
      return `${condition.unit}(${condition.field}) == ${condition.shift === 0 ? now : `date_add(${now}, ${condition.shift}, "${condition.unit}")`}`
    }
    case 'days': return `(${condition.field} >= ${today(condition.from)} and ${condition.field} < ${today(condition.to + 1)})`
    case 'overdue': return `${condition.field} < today()`
    case 'segment': return `${condition.not ? 'not ' : ''}in_segment(${quote(condition.name)})`
    case 'expression': return /\bor\b/.test(condition.text) ? `(${condition.text})` : condition.text
  }
}

export function printFilter(entity: Entity, conditions: Condition[]): string {
  return conditions.map((condition) => (conditions.length === 1 && condition.kind === 'expression' ? condition.text : printCondition(entity, condition))).join(' and ')
}

/** The parts that `and` joins on the outside; one part where an `or` stands there. */
export function partsOf(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '"' || char === "'") {
      for (at++; at < text.length && text[at] !== char; at++) if (text[at] === '\\') at++
    } else if (char === '(') depth++
    else if (char === ')') depth--
    else if (depth === 0) {
      const word = /^(and|or)\b/.exec(text.slice(at))?.[1]
      if (!word || /[\w.]/.test(text[at - 1] ?? '')) continue
      if (word === 'or') return [text.trim()]
      parts.push(text.slice(from, at).trim())
      from = at + 3
      at += 2
    }
  }
  parts.push(text.slice(from).trim())
  return parts.filter(Boolean)
}

const NAME = '([a-z_][a-z0-9_]*(?:\\.[a-z0-9_]+)*)'
const TEXT = '("(?:[^"\\\\]|\\\\.)*")'
const VALUE = '("(?:[^"\\\\]|\\\\.)*"|me\\(\\)|my_team\\(\\)|my_tree\\(\\))'
const DAY = '(?:date_add\\(today\\(\\), (-?\\d+), "day"\\)|today\\(\\))'
const form = (pattern: string): RegExp => new RegExp(`^${pattern}$`)
const forms = {
  blank: form(`${NAME} (==|~=) nil`),
  text: form(`(not contains|contains|starts_with)\\(${NAME}, ${TEXT}\\)`),
  number: form(`${NAME} (==|~=|>=|<=|>|<) (-?\\d+(?:\\.\\d+)?)`),
  date: form(`(?:day\\()?${NAME}\\)? (==|~=|>=|<=|>|<) "(\\d{4}-\\d\\d-\\d\\d)"`),
  single: form(`${NAME} (==|~=) ${VALUE}`),
  several: form(`(not )?one_of\\(${NAME}, (${VALUE.replace('(', '(?:')}(?:, ${VALUE.replace('(', '(?:')})*)\\)`),
  period: form(`(day|week|month|quarter|year)\\(${NAME}\\) == (?:\\1\\(today\\(\\)\\)|date_add\\(\\1\\(today\\(\\)\\), (-?\\d+), "\\1"\\))`),
  days: form(`\\(${NAME} >= ${DAY} and \\1 < ${DAY}\\)`),
  overdue: form(`${NAME} < today\\(\\)`),
  segment: form(`(not )?in_segment\\(${TEXT}\\)`),
  flag: form(NAME),
  flagOff: form(`${NAME} ~= true`),
}

function unquote(text: string): string { return isCall(text) ? text : (JSON.parse(text.replace(/\\u\{([0-9a-f]{4})\}/g, '\\u$1')) as string) }

function matchPart(part: string): Condition | null {
  let found: RegExpExecArray | null
  if ((found = forms.blank.exec(part))) return { kind: 'blank', field: found[1]!, blank: found[2] === '==' }
  if ((found = forms.text.exec(part))) return { kind: 'text', field: found[2]!, op: found[1] === 'not contains' ? 'not_contains' : (found[1] as TextOp), value: unquote(found[3]!) }
  if ((found = forms.period.exec(part))) return { kind: 'period', field: found[2]!, unit: found[1] as Unit, shift: Number(found[3] ?? 0) }
  if ((found = forms.days.exec(part))) return { kind: 'days', field: found[1]!, from: Number(found[2] ?? 0), to: Number(found[3] ?? 0) - 1 }
  if ((found = forms.segment.exec(part))) return { kind: 'segment', name: unquote(found[2]!), not: !!found[1] }
  if ((found = forms.overdue.exec(part))) return { kind: 'overdue', field: found[1]! }
  if ((found = forms.number.exec(part)) || (found = forms.date.exec(part))) return { kind: 'compare', field: found[1]!, op: found[2] as Comparison, value: found[3]! }
  if ((found = forms.single.exec(part))) return { kind: 'any', field: found[1]!, not: found[2] === '~=', values: [unquote(found[3]!)] }
  if ((found = forms.several.exec(part))) return { kind: 'any', field: found[2]!, not: !!found[1], values: [...found[3]!.matchAll(new RegExp(VALUE, 'g'))].map((item) => unquote(item[0])) }
  if ((found = forms.flagOff.exec(part))) return { kind: 'compare', field: found[1]!, op: '==', value: 'false' }
  if ((found = forms.flag.exec(part))) return { kind: 'compare', field: found[1]!, op: '==', value: 'true' }
  return null
}

/** Whether a chip's editor can show the condition for this field. */
function suits(field: Field, condition: Condition): boolean {
  switch (condition.kind) {
    case 'compare': return field.value === 'bool' ? ['true', 'false'].includes(condition.value) : isNumber(field) ? /^-?\d/.test(condition.value) : ['date', 'time'].includes(field.value)
    case 'any': return field.type === 'choice' || field.type === 'choices' || field.type === 'ref' || field.type === 'links' || (field.value === 'text' && condition.values.length === 1 && !condition.values.some(isCall))
    case 'period': case 'days': case 'overdue': return ['date', 'time'].includes(field.value)
    case 'text': return field.value === 'text' || field.type === 'labelled'
    default: return true
  }
}

/** Whether the parenthesis that opens the text closes at its end. */
function isEnclosed(text: string): boolean {
  if (!text.startsWith('(')) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '"' || char === "'") {
      for (at++; at < text.length && text[at] !== char; at++) if (text[at] === '\\') at++
    } else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return at === text.length - 1
  }
  return false
}

/** As chips write it what others wrote with more parentheses and other quotes. */
function plain(part: string): string {
  let text = part
  while (isEnclosed(text)) text = text.slice(1, -1).trim()
  text = text.replace(/^\(([a-z_][a-z0-9_.]*)\)(?= )/, '$1')
  return text.includes('"') ? text : text.replace(/'([^'\\]*)'/g, '"$1"')
}

function readPart(entity: Entity, part: string): Condition | null {
  let condition: Condition | null = null
  try { condition = matchPart(part) } catch { condition = null }
  if (condition?.kind === 'segment') return condition
  const field = condition && fieldOf(entity, condition)
  return condition && field && suits(field, condition) ? condition : null
}

/** One part of a filter; null where no chip can say it. */
export function conditionOf(entity: Entity, part: string): Condition | null { return readPart(entity, part) ?? readPart(entity, plain(part)) }

export function parseFilter(entity: Entity, text: string): Condition[] {
  return partsOf(text).flatMap((part): Condition[] => {
    const simple = plain(part)
    const condition = conditionOf(entity, part)
    if (condition) return [condition]
    if (partsOf(simple).length > 1) return parseFilter(entity, simple)
    const bare = part.startsWith('(') && part.endsWith(')') && partsOf(part.slice(1, -1)).length === 1 && / or /.test(part) ? part.slice(1, -1) : part
    return [{ kind: 'expression', text: bare }]
  })
}
