// What the frame remembers: theme, and whether a phone's navigation is open.
import { effect, signal } from '@preact/signals'

export type Theme = 'light' | 'dark'
const stored = localStorage.getItem('perigee.theme')
export const theme = signal<Theme>(stored === 'dark' || stored === 'light' ? stored : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
export const navOpen = signal(false)

effect(() => { document.documentElement.dataset['theme'] = theme.value })

export function switchTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem('perigee.theme', theme.value)
}
