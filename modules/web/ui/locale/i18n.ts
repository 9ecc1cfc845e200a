// Messages in the reader's language: ICU MessageFormat texts, read when the client is built, formatted and
// cached here; a language's texts are loaded when it is first used.
import { IntlMessageFormat } from 'intl-messageformat'
import { signal } from '@preact/signals'
import en from './en.json'

export type MessageKey = keyof typeof en
/** As it stands, or what the build made of a text with arguments. */
type Messages = Record<string, ConstructorParameters<typeof IntlMessageFormat>[0]>

export const language = signal<'en' | 'ru'>('en')
const messages = signal<Messages>(en)
const formats = new Map<string, IntlMessageFormat>()

export async function setLanguage(tag: string): Promise<void> {
  const next = tag.startsWith('ru') ? 'ru' : 'en'
  messages.value = next === 'ru' ? ((await import('./ru.json')).default as Messages) : en
  formats.clear()
  language.value = next
  document.documentElement.lang = next
}

export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  const text = messages.value[key] ?? en[key]
  if (typeof text === 'string') return text
  let format = formats.get(key)
  if (!format) formats.set(key, (format = new IntlMessageFormat(text, language.value)))
  return String(format.format(values))
}

/** Texts of a part, which come with it and not with the first screen. */
export function textsOf<K extends string>(parts: Record<'en' | 'ru', Record<K, string>>): (key: K, values?: Record<string, string | number>) => string {
  const read = new Map<string, IntlMessageFormat>()
  return (key, values = {}) => {
    const text = parts[language.value][key] as Messages[string]
    if (typeof text === 'string') return text
    const name = `${language.value} ${key}`
    let format = read.get(name)
    if (!format) read.set(name, (format = new IntlMessageFormat(text, language.value)))
    return String(format.format(values))
  }
}

/** The language a browser asks for, until somebody is signed in. */
export function preferredLanguage(): string {
  return localStorage.getItem('perigee.language') ?? navigator.language
}
