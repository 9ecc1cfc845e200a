// Messages in the reader's language: ICU MessageFormat texts, read when the client is built (build.mjs says
// into what) and put together here; a language's texts are loaded when it is first used.
import { signal } from '@preact/signals'
import en from './en.json'

export type MessageKey = keyof typeof en
type Piece = string | 0 | [name: string] | [name: string, forms: 0 | Record<string, Piece[]>]
type Messages = Record<string, string | Piece[]>
type Values = Record<string, string | number>

export const language = signal<'en' | 'ru'>('en')
const messages = signal<Messages>(en)
const numbers = new Map<string, Intl.NumberFormat>()
const plurals = new Map<string, Intl.PluralRules>()

function kept<T>(from: Map<string, T>, make: (tag: string) => T): T {
  const tag = language.value
  const found = from.get(tag) ?? make(tag)
  from.set(tag, found)
  return found
}
const inFigures = (value: unknown): string => kept(numbers, (tag) => new Intl.NumberFormat(tag)).format(Number(value))

/** The forms of a plural: of exactly this number, else of its kind in the language. */
function formOf(forms: Record<string, Piece[]>, count: number): Piece[] {
  return forms[`=${count}`] ?? forms[kept(plurals, (tag) => new Intl.PluralRules(tag)).select(count)] ?? forms['other'] ?? []
}

function say(text: string | Piece[], values: Values, count = 0): string {
  if (typeof text === 'string') return text
  return text.map((piece) => {
    if (typeof piece === 'string') return piece
    if (piece === 0) return inFigures(count)
    const value = values[piece[0]]
    const forms = piece[1]
    if (forms === undefined) return String(value ?? '')
    return forms === 0 ? inFigures(value) : say(formOf(forms, Number(value)), values, Number(value))
  }).join('')
}

export async function setLanguage(tag: string): Promise<void> {
  const next = tag.startsWith('ru') ? 'ru' : 'en'
  messages.value = next === 'ru' ? ((await import('./ru.json')).default as Messages) : en
  language.value = next
  document.documentElement.lang = next
}

export function t(key: MessageKey, values: Values = {}): string {
  return say(messages.value[key] ?? en[key], values)
}

/** Texts of a part, which come with it and not with the first screen. */
export function textsOf<K extends string>(parts: Record<'en' | 'ru', Record<K, string>>): (key: K, values?: Values) => string {
  return (key, values = {}) => say(parts[language.value][key] as Messages[string], values)
}

/** The language a browser asks for, until somebody is signed in. */
export function preferredLanguage(): string {
  return localStorage.getItem('perigee.language') ?? navigator.language
}
