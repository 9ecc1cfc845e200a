// A dashboard: reports, lists and texts on one page, all as of one moment. Which one stands in the address; the
// bare address leads to the person's own choice, else to what is offered to their role.
import { useEffect, useState } from 'preact/hooks'
import { Redirect, useLocation, useSearch } from 'wouter-preact'
import { Maximize, MoreHorizontal, Printer } from 'lucide-preact'
import { get, request } from '../data/api'
import { keepOwn, own } from '../data/own'
import { entity, meta } from '../data/session'
import { offerUndo, sayProblem } from '../data/undo'
import { formatDays, formatTime } from '../format/format'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { lazy } from '../kit/lazy'
import { Menu, type MenuItem } from '../kit/Menu'
import { language, t } from '../locale/i18n'
import { readParameters, writeParameters, type Parameters } from '../reports/wire'
import '../reports/reports.css'
import { TopBar } from '../shell/TopBar'
import type { ArrangeProps } from './Arrange'
import './dashboard.css'
import { PageTools } from './PageTools'
import { PrintHead } from './PrintHead'
import { td } from './texts'
import { usePage } from './usePage'
import { WidgetCard } from './WidgetCard'
import { definitionOf, pageBody, type Dashboard, type Listing } from './wire'

const Arrange = lazy<ArrangeProps>(() => import('./Arrange').then((module) => module.Arrange))

export const isOwn = (one: Dashboard): boolean => !!one.saved && (meta.value?.user.admin === true || one.saved.author.id === meta.value?.user.id)

export function DashboardPage({ name }: { name: string | null }) {
  const [listing, setListing] = useState<Listing | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const query = new URLSearchParams(useSearch())
  const load = (): void => { setFailure(null); get<Listing>('dashboards').then(setListing).catch(setFailure) }
  useEffect(load, [name, language.value])
  if (failure !== null) return <Frame><ErrorCard error={failure} retry={load} /></Frame>
  if (!listing) return <Frame />
  if (name === null) {
    const chosen = listing.dashboards.find((one) => one.name === own.value['dashboard'])?.name ?? listing.first ?? listing.dashboards[0]?.name
    return chosen ? <Redirect to={`/dashboards/${chosen}`} replace /> : <Frame><Empty icon="dashboard" text={td('none')} title /></Frame>
  }
  if (name === 'new') return <Arrange key="new" name="new" id={null} label={td('new_name')} help="" start={{ widgets: [] }} search="" />
  const here = listing.dashboards.find((one) => one.name === name)
  return <One key={name} name={name} listing={listing} edit={query.has('edit')} help={here?.help ?? ''} />
}

function Frame({ children }: { children?: preact.ComponentChildren }) {
  useEffect(() => { document.title = `${td('title')} · Perigee` }, [])
  return <div class="page"><TopBar crumbs={[{ text: td('title') }]} /><main id="main" class="dashboard" tabIndex={-1}>{children}</main></div>
}

function One({ name, listing, edit, help }: { name: string; listing: Listing; edit: boolean; help: string }) {
  const search = useSearch()
  const [, navigate] = useLocation()
  const whole = new URLSearchParams(search).has('whole')
  const parameters = readParameters(search)
  const { page, failure, busy, again } = usePage(name, parameters, undefined)
  const addressOf = (next: Parameters, kept = whole): string => {
    const text = writeParameters(next)
    return `/dashboards/${name}${kept ? `${text || '?'}${text ? '&' : ''}whole` : text}`
  }
  const choose = (next: Partial<Parameters>): void => navigate(addressOf({ ...parameters, ...next }))
  const turnWhole = (on: boolean): void => navigate(addressOf(parameters, on), { replace: !on })
  useWhole(whole, () => turnWhole(false))
  useEffect(() => { document.title = `${page?.dashboard.label ?? td('title')} · Perigee` }, [page])
  if (edit && page) return <Arrange key={`${name}/edit`} name={name} id={isOwn(page.dashboard) ? name : null} label={isOwn(page.dashboard) ? page.dashboard.label : td('copy_of', { name: page.dashboard.label })} help={help} start={definitionOf(page)} search={search} />
  const definition = page ? definitionOf(page) : { widgets: [] }
  return (
    <div class="page">
      <TopBar crumbs={[{ text: td('title') }, { text: page?.dashboard.label ?? '' }]}>{page && <PageMenu {...{ page: page.dashboard, listing, search }} onWhole={() => turnWhole(true)} />}</TopBar>
      <main id="main" class="dashboard" tabIndex={-1} data-dashboard={name} data-settled={!busy || undefined} aria-busy={busy}>
        {failure !== null && <ErrorCard error={failure} retry={again} />}
        {page && failure === null && <>
          <header class="dashboard-head">
            <h1>{page.dashboard.label}</h1>
            {page.dashboard.help && <p>{page.dashboard.help}</p>}
            <div class="report-tools no-print"><PageTools page={page} period={page.dashboard.period} parameters={parameters} onChoose={choose} /></div>
          </header>
          <PrintHead at={page.at} period={page.period} filters={parameters.filters} widgets={page.widgets} />
          {definition.widgets.length === 0 ? <Empty icon="dashboard" text={td('empty')}>{entity('dashboard')?.can.create && <button type="button" class="button primary" onClick={() => navigate(`/dashboards/${name}?edit`)}>{td('add')}</button>}</Empty> : (
            <div class="dashboard-grid">
              {definition.widgets.map((widget, at) => <WidgetCard key={at} widget={widget} found={page.widgets[at]} parameters={{ ...parameters, door: { path: `dashboards/${name}/drill`, body: { ...pageBody(parameters), widget: at } } }} onChoose={choose} />)}
            </div>
          )}
          <p class="report-at" aria-live="polite">{[page.period ? formatDays(page.period.from, page.period.until) : '', td('at', { time: formatTime(page.at) })].filter(Boolean).join(' · ')}</p>
        </>}
        {whole && <button type="button" class="button dashboard-whole-end" onClick={() => turnWhole(false)}>{td('whole_end')}</button>}
      </main>
    </div>
  )
}

/** The whole screen for the page alone; leaving it by Escape leaves the address too. */
function useWhole(on: boolean, leave: () => void): void {
  useEffect(() => {
    if (!on) return undefined
    document.documentElement.dataset['whole'] = ''
    const root = document.documentElement
    if (document.fullscreenEnabled && !document.fullscreenElement) root.requestFullscreen().catch(() => {}) // an opened address has no click to do it by
    const changed = (): void => { if (!document.fullscreenElement) leave() }
    const key = (event: KeyboardEvent): void => { if (event.key === 'Escape' && !document.fullscreenElement) leave() }
    document.addEventListener('fullscreenchange', changed)
    document.addEventListener('keydown', key)
    return () => {
      document.removeEventListener('fullscreenchange', changed)
      document.removeEventListener('keydown', key)
      delete root.dataset['whole']
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {})
    }
  }, [on])
}

function PageMenu({ page, listing, search, onWhole }: { page: Dashboard; listing: Listing; search: string; onWhole: () => void }) {
  const [, navigate] = useLocation()
  const { name, label } = page
  const may = entity('dashboard')?.can
  const item = (one: Dashboard): MenuItem => ({ label: one.label, checked: one.name === name, run: () => navigate(`/dashboards/${one.name}`) })
  const held = listing.dashboards.filter((one) => !one.problem)
  const [ready, saved] = [held.filter((one) => !one.saved), held.filter((one) => one.saved)]
  const remove = async (): Promise<void> => {
    try {
      const { changeset } = await request('DELETE', `records/dashboard/${name}`)
      offerUndo(td('removed', { name: label }), changeset, () => navigate(`/dashboards/${name}`))
      navigate('/dashboards')
    } catch (error) { sayProblem(error) }
  }
  const edit = `/dashboards/${name}?${new URLSearchParams([...new URLSearchParams(search)].filter(([key]) => key !== 'whole'))}`.replace(/\?$/, '')
  return (
    <>
      <Menu label={td('choose')} class="button" items={[
        ...ready.map((one, i) => ({ ...item(one), ...(i === 0 ? { section: td('ready') } : {}) })),
        ...saved.map((one, i) => ({ ...item(one), ...(i === 0 ? { section: td('own') } : {}) })),
        ...(may?.create ? [{ label: td('new'), icon: 'plus', section: true as const, run: () => navigate('/dashboards/new') }] : []),
      ]}>{td('choose')}</Menu>
      <button type="button" class="button quiet icon" aria-label={td('whole')} title={td('whole')} onClick={onWhole}><Maximize size={15} aria-hidden="true" /></button>
      <button type="button" class="button quiet icon" aria-label={td('print')} title={td('print')} onClick={() => print()}><Printer size={15} aria-hidden="true" /></button>
      <Menu label={td('more')} class="button quiet icon" items={[
        ...(may?.create ? [{ label: isOwn(page) ? td('arrange') : td('copy'), icon: 'columns', run: () => navigate(`${edit}${edit.includes('?') ? '&' : '?'}edit`) }] : []),
        { label: td('make_first'), icon: 'house', checked: own.value['dashboard'] === name, run: () => keepOwn({ dashboard: own.value['dashboard'] === name ? null : name }) },
        ...(isOwn(page) && may?.delete ? [{ label: td('remove_all'), icon: 'trash', danger: true, section: true as const, run: () => void remove() }] : []),
      ]}><MoreHorizontal size={15} aria-hidden="true" /><span class="visually-hidden">{t('more')}</span></Menu>
    </>
  )
}
