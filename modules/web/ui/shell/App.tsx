// The frame around the pages and what address shows which.
import { useEffect } from 'preact/hooks'
import { Redirect, Route, Switch } from 'wouter-preact'
import { online } from '../data/api'
import { startLive } from '../data/live'
import { entity as findEntity, lists, session } from '../data/session'
import { undo } from '../data/undo'
import { Empty } from '../kit/Empty'
import { ErrorBoundary } from '../kit/ErrorBoundary'
import { Toasts } from '../kit/Toasts'
import { t } from '../locale/i18n'
import { lazy } from '../kit/lazy'
import { ListPage } from '../pages/ListPage'
import { LinkPage, SignInPage } from '../pages/SignInPage'
import { useKeys } from './keys'
import { Nav } from './Nav'
import { TopBar } from './TopBar'
import type { Entity } from '../data/types'

const CreatePage = lazy<{ entity: Entity }>(() => import('../pages/CreatePage').then((module) => module.CreatePage))
const RecordPage = lazy<{ entity: Entity; id: string }>(() => import('../pages/RecordPage').then((module) => module.RecordPage))

export function App() {
  const link = location.pathname === '/welcome' ? new URLSearchParams(location.search).get('token') ?? location.hash.slice(1) : null
  if (session.value === 'unknown') return null
  if (link && session.value !== 'in') return <LinkPage token={link} />
  if (session.value === 'out') return <SignInPage />
  return <SignedIn />
}

function SignedIn() {
  useEffect(() => startLive(), [])
  useKeys({ z: () => void undo() })
  const first = lists.value.find((entity) => entity.pipeline && entity.name !== 'lead') ?? lists.value[0]
  return (
    <div class="app">
      <Nav />
      <div class="page">
        {!online.value && <div class="offline" role="alert">{t('offline')}</div>}
        <ErrorBoundary>
          <Switch>
            <Route path="/" key="home">{first ? <Redirect to={`/${first.name}`} replace /> : <Missing />}</Route>
            <Route path="/welcome" key="welcome"><Redirect to="/" replace /></Route>
            <Route path="/:entity">{({ entity }) => <OfEntity name={entity} page={(found) => <ListPage key={found.name} entity={found} />} />}</Route>
            <Route path="/:entity/new">{({ entity }) => <OfEntity name={entity} page={(found) => <CreatePage key={found.name} entity={found} />} />}</Route>
            <Route path="/:entity/:id">{({ entity, id }) => <OfEntity name={entity} page={(found) => <RecordPage key={`${found.name}/${id}`} entity={found} id={id} />} />}</Route>
            <Route><Missing /></Route>
          </Switch>
        </ErrorBoundary>
      </div>
      <Toasts />
    </div>
  )
}

function OfEntity({ name, page }: { name: string; page: (entity: NonNullable<ReturnType<typeof findEntity>>) => preact.JSX.Element }) {
  const found = findEntity(name)
  useEffect(() => { if (found) document.title = `${found.label_plural} · Perigee` }, [found])
  return found && found.can.read ? page(found) : <Missing />
}

function Missing() {
  return <div class="page"><TopBar crumbs={[{ text: 'Perigee' }]} /><main id="main"><Empty icon="circle" text={t('not_found_page')} /></main></div>
}
