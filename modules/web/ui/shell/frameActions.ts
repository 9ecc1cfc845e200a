// What can be done anywhere: go to a list, create, change the look, sign out, take back.
import { useLocation } from 'wouter-preact'
import { lookAs, view } from '../data/api'
import { lists, may, mayAdmin, meta, signOut } from '../data/session'
import { mayUndo, sayProblem, undo } from '../data/undo'
import { t } from '../locale/i18n'
import { slotActions } from '../extend/slots'
import { useActions, type Action } from './actions'
import { goals } from './goals'
import { overlay } from './overlays'
import { chooseDensity, chooseLanguage, chooseTheme, densities, density, languages, theme, themes, toggleNav } from './settings'

/** A letter for each list, its own first letter where that is free. */
function goKeys(): Map<string, string> {
  const taken = new Set<string>(['h'])
  const keys = new Map<string, string>()
  for (const { name } of lists.value) {
    const letter = [...name].find((item) => /[a-z]/.test(item) && !taken.has(item))
    if (letter) { taken.add(letter); keys.set(name, `g ${letter}`) }
  }
  return keys
}

export function useFrameActions(): void {
  const [, navigate] = useLocation()
  const letters = goKeys()
  const go = lists.value.map((entity): Action => ({
    id: `go.${entity.name}`, group: 'go', label: entity.label_plural, icon: entity.icon, run: () => navigate(`/${entity.name}`),
    ...(letters.has(entity.name) ? { keys: letters.get(entity.name)! } : {}),
  }))
  const create = lists.value.filter((entity) => entity.can.create).map((entity): Action => ({
    id: `create.${entity.name}`, group: 'create', label: t('new', { what: entity.label }), icon: 'plus', run: () => navigate(`/${entity.name}/new`),
  }))
  const duplicates = lists.value.filter((entity) => entity.duplicates && entity.can.update).map((entity): Action => ({
    id: `duplicates.${entity.name}`, group: 'go', label: `${t('duplicates')}: ${entity.label_plural}`, icon: 'rows', run: () => navigate(`/${entity.name}/duplicates`),
  }))
  const imports = lists.value.filter((entity) => entity.can.create && may('import')).map((entity): Action => ({
    id: `import.${entity.name}`, group: 'create', label: `${t('import_file')}: ${entity.label_plural}`, icon: 'upload', run: () => navigate(`/${entity.name}/import`),
  }))
  useActions([
    { id: 'palette', group: 'frame', label: t('palette'), keys: 'Mod+k', icon: 'search', always: true, hidden: true, run: () => { overlay.value = overlay.value === 'palette' ? null : 'palette' } },
    { id: 'keys', group: 'frame', label: t('keys_title'), keys: '?', icon: 'keyboard', run: () => { overlay.value = 'keys' } },
    { id: 'undo', group: 'frame', label: t('undo_last'), keys: 'z', icon: 'undo', when: mayUndo, run: () => undo() },
    ...create, ...go, ...duplicates, ...imports,
    ...goals().map((goal): Action => ({ id: `go.${goal.path}`, group: 'go', label: goal.label, icon: goal.icon, run: () => navigate(goal.path), ...(goal.path === '/' ? { keys: 'g h' } : {}) })),
    ...slotActions('palette', 'frame'),
    { id: 'go.notifications', group: 'go', label: t('notifications'), icon: 'bell', run: () => navigate('/me/notifications') },
    { id: 'admin', group: 'go', label: t('admin'), icon: 'shield', when: mayAdmin, run: () => navigate('/admin') },
    { id: 'settings', group: 'frame', label: t('settings'), icon: 'settings', run: () => { overlay.value = 'settings' } },
    { id: 'nav', group: 'frame', label: t('nav_toggle'), icon: 'panel', keys: 'Mod+\\', run: toggleNav },
    ...themes.filter((item) => item !== theme.value).map((item): Action => ({ id: `theme.${item}`, group: 'frame', label: `${t('theme')}: ${t(item)}`, icon: 'sun-moon', run: () => chooseTheme(item) })),
    ...densities.filter((item) => item !== density.value).map((item): Action => ({ id: `density.${item}`, group: 'frame', label: `${t('density')}: ${t(item)}`, icon: 'rows', run: () => chooseDensity(item) })),
    ...(Object.keys(languages) as (keyof typeof languages)[]).filter((item) => item !== document.documentElement.lang)
      .map((item): Action => ({ id: `language.${item}`, group: 'frame', label: `${t('language')}: ${languages[item]}`, icon: 'languages', run: () => chooseLanguage(item) })),
    { id: 'view_end', group: 'frame', label: t('view_end'), icon: 'eye', when: () => view !== null, run: () => lookAs(null, '/admin') },
    { id: 'sign_out', group: 'frame', label: t('sign_out'), icon: 'log-out', when: () => meta.value !== null && !view, run: () => signOut().catch(sayProblem) },
  ])
}
