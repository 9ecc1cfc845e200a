// Messages in the reader's language: ICU MessageFormat texts, formatted and cached; a language's texts
// are loaded when it is first used.
import { IntlMessageFormat } from 'intl-messageformat'
import { signal } from '@preact/signals'
import en from './en.json'

export type MessageKey = keyof typeof en
type Messages = Record<string, string>

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
  if (!text.includes('{')) return text
  let format = formats.get(key)
  if (!format) formats.set(key, (format = new IntlMessageFormat(text, language.value)))
  return String(format.format(values))
}

/** The language a browser asks for, until somebody is signed in. */
export function preferredLanguage(): string {
  return localStorage.getItem('perigee.language') ?? navigator.language
}
