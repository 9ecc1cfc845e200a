// Places beside the lists: the day's page and the calendars, where modules declare any, and the reports.
import { entity as findEntity, viewsOf } from '../data/session'
import { slotsOf } from '../extend/slots'
import { layoutsOf } from '../list/layouts'
import { t } from '../locale/i18n'

export interface Goal { path: string; label: string; icon: string; here: (entity: string, search: string) => boolean }

export function goals(): Goal[] {
  const calendars = viewsOf('calendar').flatMap((view): Goal[] => {
    const of = findEntity(view.entity)
    if (!of?.can.read || !layoutsOf(of).includes('calendar')) return []
    return [{ path: `/${view.entity}?as=calendar`, label: view.label ?? of.label_plural, icon: view.icon ?? 'calendar', here: (entity, search) => entity === view.entity && new URLSearchParams(search).get('as') === 'calendar' }]
  })
  const pages = slotsOf('page').map((view): Goal => ({ path: `/page/${view.name}`, label: view.label ?? view.name, icon: view.icon ?? 'circle', here: (entity) => entity === 'page' && location.pathname === `/page/${view.name}` }))
  return [...(viewsOf('home').length > 0 ? [{ path: '/', label: t('home'), icon: 'house', here: (entity: string) => entity === '' }] : []), ...calendars, { path: '/dashboards', label: t('dashboards'), icon: 'dashboard', here: (entity) => entity === 'dashboards' }, { path: '/reports', label: t('reports'), icon: 'chart', here: (entity) => entity === 'reports' }, ...pages]
}
