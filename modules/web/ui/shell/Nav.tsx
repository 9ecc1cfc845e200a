// Navigation: search, the lists that the caller may read, the person. A rail of icons when collapsed; on
// a phone a bar at the bottom, and all of it in a drawer.
import { Link, useLocation, useSearch } from 'wouter-preact'
import { Menu as MenuIcon, PanelLeft, Search } from 'lucide-preact'
import { own } from '../data/own'
import { lists, mayAdmin, meta, signOut } from '../data/session'
import { sayProblem } from '../data/undo'
import type { Entity } from '../data/types'
import { Icon } from '../kit/Icon'
import { Keys } from '../kit/Keys'
import { Menu } from '../kit/Menu'
import { t } from '../locale/i18n'
import { initials } from '../pages/columns'
import { goals } from './goals'
import { overlay } from './overlays'
import { chooseTheme, navCollapsed, navOpen, theme, themes, toggleNav } from './settings'

const BAR_ITEMS = 2
const openPalette = (): void => { overlay.value = 'palette' }

export function Nav() {
  const [path] = useLocation()
  const current = path.split('/')[1] ?? ''
  const search = useSearch()
  const inCalendar = goals().some((goal) => goal.path.startsWith(`/${current}?`) && goal.here(current, search))
  const shut = (): void => { navOpen.value = false }
  return (
    <>
      <nav class="nav" aria-label={t('navigation')} data-open={navOpen.value} onKeyDown={(event) => { if (event.key === 'Escape') shut() }}>
        <div class="brand">
          <img src="/assets/icon.svg" alt="" /><span class="grow nav-text">{meta.value?.company.name || 'Perigee'}</span>
          <button type="button" class="button quiet icon nav-toggle" aria-label={t('nav_toggle')} title={t('nav_toggle')} aria-expanded={!navCollapsed.value} onClick={toggleNav}><PanelLeft size={15} aria-hidden="true" /></button>
        </div>
        <button type="button" class="nav-search" onClick={openPalette} title={t('palette_open')} aria-keyshortcuts="Control+K">
          <Search size={14} aria-hidden="true" /><span class="grow nav-text">{t('palette_open')}</span><Keys keys="Mod+k" />
        </button>
        <div class="nav-list" onClick={shut}>
          {goals().map((goal) => (
            <Link key={goal.path} href={goal.path} class="item" aria-current={goal.here(current, search) ? 'page' : undefined} title={navCollapsed.value ? goal.label : undefined}><Icon name={goal.icon} /><span class="nav-text">{goal.label}</span></Link>
          ))}
          {lists.value.map((entity) => <Item key={entity.name} entity={entity} current={inCalendar ? '' : current} />)}
        </div>
        <div class="foot"><Person /></div>
      </nav>
      {navOpen.value && <button type="button" class="scrim" aria-label={t('close')} onClick={shut} />}
      <BottomBar current={current} />
    </>
  )
}

function Item({ entity, current }: { entity: Entity; current: string }) {
  const view = own.value.lists?.[entity.name]?.view
  return (
    <Link href={current !== entity.name && view ? `/${entity.name}?view=${view}` : `/${entity.name}`} class="item" aria-current={current === entity.name ? 'page' : undefined} title={navCollapsed.value ? entity.label_plural : undefined}>
      <Icon name={entity.icon} /><span class="nav-text">{entity.label_plural}</span>
    </Link>
  )
}

function Person() {
  const user = meta.value?.user
  const [, navigate] = useLocation()
  return (
    <Menu label={t('you', { name: user?.name ?? '' })} class="person" align="start" items={[
      ...themes.map((item) => ({ label: t(item), icon: item === 'light' ? 'sun' : item === 'dark' ? 'moon' : 'sun-moon', checked: theme.value === item, run: () => chooseTheme(item) })),
      { label: t('settings'), icon: 'settings', section: true, run: () => { overlay.value = 'settings' } },
      ...(meta.value && mayAdmin() ? [{ label: t('admin'), icon: 'shield', run: () => navigate('/admin') }] : []),
      { label: t('keys_title'), icon: 'keyboard', keys: '?', run: () => { overlay.value = 'keys' } },
      { label: t('sign_out'), icon: 'log-out', section: true, run: () => { signOut().catch(sayProblem) } },
    ]}>
      <span class="avatar small" aria-hidden="true">{initials(user?.name ?? user?.login ?? '')}</span>
      <span class="nav-text person-text"><span>{user?.name || user?.login}</span><small>{user?.role_label ?? user?.role}</small></span>
    </Menu>
  )
}

/** The phone's bar: the first lists, search and the rest. */
function BottomBar({ current }: { current: string }) {
  return (
    <nav class="bottom-bar" aria-label={t('shortcuts')}>
      {goals().slice(0, 1).map((goal) => <Link key={goal.path} href={goal.path} aria-current={goal.here(current, '') ? 'page' : undefined}><Icon name={goal.icon} size={18} /><span>{goal.label}</span></Link>)}
      {lists.value.slice(0, BAR_ITEMS).map((entity) => (
        <Link key={entity.name} href={`/${entity.name}`} aria-current={current === entity.name ? 'page' : undefined}><Icon name={entity.icon} size={18} /><span>{entity.label_plural}</span></Link>
      ))}
      <button type="button" onClick={openPalette}><Search size={18} aria-hidden="true" /><span>{t('search')}</span></button>
      <button type="button" aria-expanded={navOpen.value} onClick={() => { navOpen.value = true }}><MenuIcon size={18} aria-hidden="true" /><span>{t('more')}</span></button>
    </nav>
  )
}
