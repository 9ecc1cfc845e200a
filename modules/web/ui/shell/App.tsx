// The frame around the pages and what address shows which.
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { Link, Redirect, Route, Switch } from 'wouter-preact'
import { view, type View } from '../data/api'
import { startLive } from '../data/live'
import { conflict } from '../data/records'
import { entity as findEntity, lists, session, viewsOf } from '../data/session'
import type { Entity } from '../data/types'
import { Empty } from '../kit/Empty'
import { ErrorBoundary } from '../kit/ErrorBoundary'
import { lazy } from '../kit/lazy'
import { Toasts } from '../kit/Toasts'
import { t } from '../locale/i18n'
import { ListPage } from '../list/ListPage'
import { followTold } from '../notify/source'
import { useFrameActions } from './frameActions'
import { listenToKeys } from './keys'
import { Nav } from './Nav'
import { Offline } from './Offline'
import { closeOverlay, overlay } from './overlays'
import { navCollapsed } from './settings'
import { TopBar } from './TopBar'

const SignInPage = lazy<object>(() => import('../pages/SignInPage').then((module) => module.SignInPage))
const LinkPage = lazy<{ token: string }>(() => import('../pages/SignInPage').then((module) => module.LinkPage))
const AdminPage = lazy<{ section: string; id?: string }>(() => import('../admin/AdminPage').then((module) => module.AdminPage))
const ImportPage = lazy<{ entity: Entity }>(() => import('../import/ImportPage').then((module) => module.ImportPage))
const DuplicatesPage = lazy<{ entity: Entity }>(() => import('../merge/DuplicatesPage').then((module) => module.DuplicatesPage))
const HomePage = lazy<object>(() => import('../home/HomePage').then((module) => module.HomePage))
const DashboardPage = lazy<{ name: string | null }>(() => import('../dashboard/DashboardPage').then((module) => module.DashboardPage))
const ReportsPage = lazy<object>(() => import('../reports/ReportsPage').then((module) => module.ReportsPage))
const ReportPage = lazy<{ name: string }>(() => import('../reports/ReportPage').then((module) => module.ReportPage))
const CreatePage = lazy<{ entity: Entity }>(() => import('../pages/CreatePage').then((module) => module.CreatePage))
const TellPage = lazy<object>(() => import('../notify/TellPage').then((module) => module.TellPage))
const PartPage = lazy<{ name: string }>(() => import('../extend/PartPage').then((module) => module.PartPage))
const RecordPage = lazy<{ entity: Entity; id: string }>(() => import('../record/RecordPage').then((module) => module.RecordPage))
const Palette = lazy<{ onClose: () => void }>(() => import('./Palette').then((module) => module.Palette))
const KeySheet = lazy<{ onClose: () => void }>(() => import('./KeySheet').then((module) => module.KeySheet))
const SettingsDialog = lazy<{ onClose: () => void }>(() => import('./SettingsDialog').then((module) => module.SettingsDialog))
const ViewBanner = lazy<{ view: View }>(() => import('./ViewBanner').then((module) => module.ViewBanner))
const ConflictDialog = lazy<object>(() => import('../pages/ConflictDialog').then((module) => module.ConflictDialog))

export function App() {
  const link = location.pathname === '/welcome' ? location.hash.slice(1) : null
  if (session.value === 'unknown') return null
  if (link && session.value !== 'in') return <LinkPage token={link} />
  if (session.value === 'out') return <SignInPage />
  return <SignedIn />
}

function SignedIn() {
  useEffect(() => startLive(), [])
  useLayoutEffect(() => listenToKeys(), [])
  useEffect(() => followTold(), [])
  useFrameActions()
  const first = lists.value[0]
  return (
    <div class="app" data-nav={navCollapsed.value ? 'collapsed' : 'open'}>
      <a class="skip" href="#main">{t('skip')}</a>
      <Nav />
      <div class="page">
        {view && <ViewBanner view={view} />}
        <Offline />
        <ErrorBoundary>
          <Switch>
            <Route path="/" key="home">{viewsOf('home').length > 0 ? <HomePage /> : first ? <Redirect to={`/${first.name}`} replace /> : <Missing />}</Route>
            <Route path="/welcome" key="welcome"><Redirect to="/" replace /></Route>
            <Route path="/admin" key="admin"><Redirect to="/admin/users" replace /></Route>
            <Route path="/admin/:section">{({ section }) => <AdminPage section={section} />}</Route>
            <Route path="/admin/:section/:id">{({ section, id }) => <AdminPage section={section} id={id} />}</Route>
            <Route path="/me/notifications" key="told"><TellPage /></Route>
            <Route path="/page/:name">{({ name }) => <PartPage key={name} name={name} />}</Route>
            <Route path="/dashboards" key="dashboards"><DashboardPage name={null} /></Route>
            <Route path="/dashboards/:name">{({ name }) => <DashboardPage key={name} name={name} />}</Route>
            <Route path="/reports" key="reports"><ReportsPage /></Route>
            <Route path="/reports/:name">{({ name }) => <ReportPage key={name} name={name} />}</Route>
            <Route path="/:entity">{({ entity }) => <OfEntity name={entity} page={(found) => <ListPage key={found.name} entity={found} />} />}</Route>
            <Route path="/:entity/new">{({ entity }) => <OfEntity name={entity} page={(found) => <CreatePage key={found.name} entity={found} />} />}</Route>
            <Route path="/:entity/import">{({ entity }) => <OfEntity name={entity} page={(found) => <ImportPage key={found.name} entity={found} />} />}</Route>
            <Route path="/:entity/duplicates">{({ entity }) => <OfEntity name={entity} page={(found) => <DuplicatesPage key={found.name} entity={found} />} />}</Route>
            <Route path="/:entity/:id">{({ entity, id }) => <OfEntity name={entity} page={(found) => <RecordPage key={`${found.name}/${id}`} entity={found} id={id} />} />}</Route>
            <Route><Missing /></Route>
          </Switch>
        </ErrorBoundary>
      </div>
      <Toasts />
      {overlay.value === 'palette' && <Palette onClose={closeOverlay} />}
      {overlay.value === 'keys' && <KeySheet onClose={closeOverlay} />}
      {overlay.value === 'settings' && <SettingsDialog onClose={closeOverlay} />}
      {conflict.value && <ConflictDialog />}
    </div>
  )
}

function OfEntity({ name, page }: { name: string; page: (entity: NonNullable<ReturnType<typeof findEntity>>) => preact.JSX.Element }) {
  const found = findEntity(name)
  useEffect(() => { if (found) document.title = `${found.label_plural} · Perigee` }, [found])
  return found && found.can.read ? page(found) : <Missing />
}

function Missing() {
  return <div class="page"><TopBar crumbs={[{ text: 'Perigee' }]} /><main id="main"><Empty icon="circle" text={t('not_found_page')} title><Link href="/" class="button">{t('to_start')}</Link></Empty></main></div>
}
