// The day's first page: what is overdue, what today brings, what needs somebody. Which sections there are
// modules declare; each is a list with its count, and leads to all of it.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { get } from '../data/api'
import { onHint } from '../data/live'
import { lists, may, meta, viewsOf } from '../data/session'
import type { Page } from '../data/types'
import { dayText, followClock, today } from '../format/days'
import { Slot, slotsOf } from '../extend/slots'
import { Icon } from '../kit/Icon'
import { Empty } from '../kit/Empty'
import { Segmented } from '../kit/Segmented'
import { t } from '../locale/i18n'
import { useActions } from '../shell/actions'
import { TopBar } from '../shell/TopBar'
import { FirstRun } from './FirstRun'
import './home.css'
import { Section, type Scope } from './section'
import { SectionCard } from './SectionCard'
import { th } from './texts'

const RELOAD_PAUSE_MS = 600

export function HomePage() {
  const [parameters, setParameters] = useSearchParams()
  const scope: Scope = parameters.get('scope') === 'all' ? 'all' : 'mine'
  const sections = useMemo(() => viewsOf('home').map((view) => new Section(view, scope)), [meta.value, scope])
  const isEmpty = useEmptiness(sections)
  useEffect(() => () => { for (const section of sections) section.dispose() }, [sections])
  useEffect(() => followClock(), [])
  useEffect(() => { document.title = `${t('home')} · Perigee` }, [])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint(() => { timer ??= setTimeout(() => { timer = undefined; for (const section of sections) void section.load() }, RELOAD_PAUSE_MS) })
    return () => { stop(); clearTimeout(timer) }
  }, [sections])
  useActions([
    { id: 'home.down', group: 'list', label: t('row_next'), keys: 'j', hidden: true, run: () => step(1) },
    { id: 'home.up', group: 'list', label: t('row_previous'), keys: 'k', hidden: true, run: () => step(-1) },
    { id: 'home.tick', group: 'record', label: th('tick'), keys: 'x', icon: 'check-square', when: () => tickHere() !== null, run: () => tickHere()?.click() },
    { id: 'home.refresh', group: 'list', label: t('refresh'), keys: 'Shift+r', icon: 'undo', run: () => { for (const section of sections) void section.load() } },
  ])
  const own = slotsOf('home')
  const first = lists.value.find((entity) => entity.can.create)
  const choose = (next: Scope): void => setParameters((old) => {
    const changed = new URLSearchParams(old)
    if (next === 'all') changed.set('scope', 'all')
    else changed.delete('scope')
    return changed
  })
  return (
    <div class="page">
      <TopBar crumbs={[{ text: t('home') }]} />
      <main id="main" class="home" tabIndex={-1}>
        <header class="home-head">
          <h1>{dayText(today(), { weekday: 'long', day: 'numeric', month: 'long' })}</h1>
          <Segmented label={th('scope')} name="home-scope" value={scope} options={[{ value: 'mine', label: th('mine') }, { value: 'all', label: th('all') }]} onChange={choose} />
        </header>
        {may('settings') && may('users') && <FirstRun />}
        {isEmpty
          ? <Empty icon="inbox" text={t('empty_list')}>{first && <Link href={`/${first.name}/new`} class="button primary">{t('new', { what: first.label })}</Link>}</Empty>
          : <div class="home-grid">{sections.map((section) => <SectionCard key={`${section.view.name}/${scope}`} section={section} onChanged={() => { for (const one of sections) void one.load() }} />)}</div>}
        {own.length > 0 && <div class="home-grid home-own">{own.map((view) => <section key={view.name} class="home-section" aria-labelledby={`home-${view.name}`} data-view={view.name}>
          <h2 id={`home-${view.name}`}><span class={`home-icon tag ${view.tone ?? ''}`}><Icon name={view.icon ?? 'circle'} size={14} /></span>{view.label}</h2>
          <div class="home-slot"><Slot view={view} /></div>
        </section>)}</div>}
      </main>
    </div>
  )
}

/** Nobody has made anything yet: then the page says so instead of praising the day. */
function useEmptiness(sections: Section[]): boolean {
  const [isEmpty, setEmpty] = useState(false)
  const quiet = sections.length > 0 && sections.every((section) => { void section.version.value; return section.total?.value === 0 })
  useEffect(() => {
    if (!quiet) { setEmpty(false); return }
    const names = [...new Set(sections.map((section) => section.entity.name))]
    Promise.all(names.map((name) => get<Page>(`records/${name}`, { fields: 'id', limit: 1 }))).then((pages) => setEmpty(pages.every((page) => page.records.length === 0))).catch(() => {})
  }, [quiet])
  return quiet && isEmpty
}

const links = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.home-row .home-title')]
function step(by: number): void {
  const all = links()
  const at = all.indexOf(document.activeElement as HTMLElement)
  all[Math.max(0, Math.min(at < 0 ? 0 : at + by, all.length - 1))]?.focus()
}
function tickHere(): HTMLInputElement | null { return document.activeElement?.closest('.home-row')?.querySelector<HTMLInputElement>('input[type="checkbox"]') ?? null }
