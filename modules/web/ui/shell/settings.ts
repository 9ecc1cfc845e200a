// What one person has chosen on this browser: theme, density, language, the collapsed navigation, recent
// records. Kept beside the browser, apart for each user, because the server has no place for it yet.
import { effect, signal } from '@preact/signals'
import { language, setLanguage } from '../locale/i18n'
import { loadMeta, meta } from '../data/session'
import { request } from '../data/api'

export const themes = ['light', 'dark', 'system'] as const
export const densities = ['compact', 'regular', 'comfortable'] as const
export const languages = { en: 'English', ru: 'Русский' } as const
export type Theme = (typeof themes)[number]
export type Density = (typeof densities)[number]
export interface Recent { entity: string; id: string; title: string }

const RECENT_MAX = 8
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const isDark = signal(systemDark.matches)
systemDark.addEventListener('change', (event) => { isDark.value = event.matches })

function read<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  const stored = localStorage.getItem(`perigee.${key}`) as T | null
  return stored !== null && allowed.includes(stored) ? stored : otherwise
}

export const theme = signal<Theme>(read('theme', themes, 'system'))
export const density = signal<Density>(read('density', densities, 'regular'))
export const navCollapsed = signal(localStorage.getItem('perigee.nav') === 'collapsed')
export const navOpen = signal(false)
export const recent = signal<Recent[]>([])

effect(() => { document.documentElement.dataset['theme'] = theme.value === 'system' ? (isDark.value ? 'dark' : 'light') : theme.value })
effect(() => { document.documentElement.dataset['density'] = density.value })
effect(() => {
  const user = meta.value?.user.id
  recent.value = user ? readRecent(user) : []
})

export function chooseTheme(next: Theme): void { theme.value = next; localStorage.setItem('perigee.theme', next) }
export function chooseDensity(next: Density): void { density.value = next; localStorage.setItem('perigee.density', next) }
export function toggleNav(): void {
  navCollapsed.value = !navCollapsed.value
  localStorage.setItem('perigee.nav', navCollapsed.value ? 'collapsed' : 'open')
}

/** The language is the user's on the server where the role may write it, else this browser's. */
export async function chooseLanguage(next: 'en' | 'ru'): Promise<void> {
  if (next === language.value) return
  localStorage.setItem('perigee.language', next)
  await setLanguage(next)
  const user = meta.value?.user
  if (!user) return
  localStorage.setItem(`perigee.language.${user.id}`, next)
  const own = meta.value?.entities.find((item) => item.name === 'user')
  if (own?.can.update) await request('PATCH', `records/user/${user.id}`, { body: { language: next } }).catch(() => {})
  await loadMeta()
}

function readRecent(user: string): Recent[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(`perigee.recent.${user}`) ?? '[]')
    return Array.isArray(stored) ? (stored as Recent[]).slice(0, RECENT_MAX) : []
  } catch { return [] }
}

/** Puts a record first among those seen lately. */
export function remember(entry: Recent): void {
  const user = meta.peek()?.user.id
  if (!user) return
  const first = recent.peek()[0]
  if (first?.id === entry.id && first.title === entry.title) return
  recent.value = [entry, ...recent.peek().filter((item) => item.id !== entry.id)].slice(0, RECENT_MAX)
  localStorage.setItem(`perigee.recent.${user}`, JSON.stringify(recent.value))
}
