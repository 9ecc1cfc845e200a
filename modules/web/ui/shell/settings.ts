// How things look and where one was: theme, density, language, the collapsed navigation, recent records.
// The server keeps them for the person; this browser's copy is what the first paint goes by.
import { computed, effect, signal } from '@preact/signals'
import { language, setLanguage } from '../locale/i18n'
import { keepOwn, own, type Recent } from '../data/own'
import { loadMeta, meta } from '../data/session'
import { request } from '../data/api'

export const themes = ['light', 'dark', 'system'] as const
export const densities = ['compact', 'regular', 'comfortable'] as const
export const languages = { en: 'English', ru: 'Русский' } as const
export type Theme = (typeof themes)[number]
export type Density = (typeof densities)[number]

const RECENT_MAX = 8
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const isDark = signal(systemDark.matches)
systemDark.addEventListener('change', (event) => { isDark.value = event.matches })

type Kept = 'theme' | 'density' | 'nav'
const navs = ['open', 'collapsed'] as const

function allowed<T extends string>(value: unknown, of: readonly T[], otherwise: T): T {
  return of.find((item) => item === value) ?? otherwise
}
const stored = (key: Kept): string | null => localStorage.getItem(`perigee.${key}`)

export const theme = signal<Theme>(allowed(stored('theme'), themes, 'system'))
export const density = signal<Density>(allowed(stored('density'), densities, 'regular'))
const nav = signal(allowed(stored('nav'), navs, 'open'))
export const navCollapsed = computed(() => nav.value === 'collapsed')
export const navOpen = signal(false)
export const recent = computed<Recent[]>(() => own.value.recent ?? [])

effect(() => { document.documentElement.dataset['theme'] = theme.value === 'system' ? (isDark.value ? 'dark' : 'light') : theme.value })
effect(() => { document.documentElement.dataset['density'] = density.value })
/** What the server keeps comes before what this browser has. */
effect(() => {
  const chosen = own.value
  if (chosen.theme) { theme.value = allowed(chosen.theme, themes, 'system'); localStorage.setItem('perigee.theme', theme.peek()) }
  if (chosen.density) { density.value = allowed(chosen.density, densities, 'regular'); localStorage.setItem('perigee.density', density.peek()) }
  if (chosen.nav) { nav.value = allowed(chosen.nav, navs, 'open'); localStorage.setItem('perigee.nav', nav.peek()) }
})

export function chooseTheme(next: Theme): void { keepOwn({ theme: next }) }
export function chooseDensity(next: Density): void { keepOwn({ density: next }) }
export function toggleNav(): void { keepOwn({ nav: navCollapsed.value ? 'open' : 'collapsed' }) }

/** The person's own; also on their record where the role may write it. */
export async function chooseLanguage(next: 'en' | 'ru'): Promise<void> {
  if (next === language.value) return
  localStorage.setItem('perigee.language', next)
  await setLanguage(next)
  const user = meta.value?.user
  if (!user) return
  keepOwn({ language: next })
  const own = meta.value?.entities.find((item) => item.name === 'user')
  if (own?.can.update) await request('PATCH', `records/user/${user.id}`, { body: { language: next } }).catch(() => {})
  await loadMeta()
}

/** Puts a record first among those seen lately. */
export function remember(entry: Recent): void {
  if (!meta.peek()) return
  const first = recent.peek()[0]
  if (first?.id === entry.id && first.title === entry.title) return
  keepOwn({ recent: [entry, ...recent.peek().filter((item) => item.id !== entry.id)].slice(0, RECENT_MAX) })
}
