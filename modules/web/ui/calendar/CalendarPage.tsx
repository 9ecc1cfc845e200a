// The calendar of an entity whose module says which of its fields are times: views, filter and words as in
// the list; a day, a week, a month or a list of what comes; moved, pulled and drawn with the pointer or keys.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { ChevronLeft, ChevronRight, Plus, Users } from 'lucide-preact'
import { onHint } from '../data/live'
import { meta } from '../data/session'
import { isReference, type Entity } from '../data/types'
import { FilterBar } from '../filter/FilterBar'
import { followClock, momentOf, now, today } from '../format/days'
import { ErrorCard } from '../kit/ErrorCard'
import { useMedia } from '../kit/media'
import { Segmented } from '../kit/Segmented'
import { t } from '../locale/i18n'
import type { LayoutProps } from '../list/layouts'
import { ListTools } from '../list/ListTools'
import type { ListState } from '../list/state'
import { ViewTabs } from '../list/ViewTabs'
import { useActions } from '../shell/actions'
import { TopBar } from '../shell/TopBar'
import { calendarActions } from './actions'
import { Agenda } from './Agenda'
import './calendar.css'
import { shapeOf, STEP_MINUTES, type Happening, type Shape } from './happening'
import { MonthGrid } from './MonthGrid'
import { NewDialog, type Wish } from './NewDialog'
import { CalendarSource } from './source'
import { spans, step, titleOf, useSpan, type SpanAddress } from './span'
import { TimeGrid, type Lane } from './TimeGrid'
import { useMoving } from './moving'
import { tc } from './texts'

const RELOAD_PAUSE_MS = 400

export function CalendarPage({ entity, views, address }: LayoutProps) {
  const { state, set } = address
  const phone = useMedia('(max-width: 760px)')
  const span = useSpan(phone)
  const [filtering, setFiltering] = useState(false)
  const shape = useMemo(() => shapeOf(entity), [entity])
  const [, navigate] = useLocation()
  useEffect(() => followClock(), [])
  if (!shape) return null
  const { shown } = span
  const allowed = spans.filter((item) => !phone || item === 'day' || item === 'agenda')
  return (
    <div class="page list-page calendar-page">
      <TopBar crumbs={[{ text: entity.label_plural }]}>
        {entity.can.create && <Link href={`/${entity.name}/new`} class="button primary" aria-keyshortcuts="c"><Plus size={14} aria-hidden="true" />{t('create')}<kbd class="on-accent" aria-hidden="true">C</kbd></Link>}
      </TopBar>
      <main class="page list-main" id="main" tabIndex={-1}>
        <h1 class="visually-hidden">{shape.view.label ?? entity.label_plural}</h1>
        <ViewTabs entity={entity} views={views} address={address} />
        <div class="list-bar">
          <FilterBar entity={entity} state={state} set={set} problem={null} adding={filtering} onAdding={setFiltering} />
          <ListTools entity={entity} address={address} />
        </div>
        <div class="calendar-bar">
          <button type="button" class="button" onClick={() => span.set({ on: today() })}>{tc('today')}</button>
          <span class="calendar-steps">
            <button type="button" class="button quiet icon" aria-label={t('previous')} title={t('previous')} onClick={() => span.set({ on: step(shown, -1) })}><ChevronLeft size={16} aria-hidden="true" /></button>
            <button type="button" class="button quiet icon" aria-label={t('next')} title={t('next')} onClick={() => span.set({ on: step(shown, 1) })}><ChevronRight size={16} aria-hidden="true" /></button>
          </span>
          <strong class="calendar-title" role="status">{titleOf(shown)}</strong>
          {shown.span === 'day' && shape.person && !phone && <button type="button" class={`button${shown.people ? ' on' : ''}`} aria-pressed={shown.people} onClick={() => span.set({ people: !shown.people })}><Users size={14} aria-hidden="true" />{tc('people')}</button>}
          <Segmented label={tc('span')} name="calendar-span" value={shown.span} options={allowed.map((value) => ({ value, label: tc(`${value}`) }))} onChange={(value) => span.set({ span: value })} />
        </div>
        <Calendar key={`${state.where}/${state.search}`} entity={entity} shape={shape} state={state} span={span} onFilter={() => setFiltering(true)} navigate={navigate} />
      </main>
    </div>
  )
}

interface CalendarProps { entity: Entity; shape: Shape; state: ListState; span: SpanAddress; onFilter: () => void; navigate: (to: string) => void }

function Calendar({ entity, shape, state, span, onFilter, navigate }: CalendarProps) {
  const { shown, set } = span
  const source = useMemo(() => new CalendarSource(entity, shape, { where: state.where, search: state.search }), [])
  const [wish, setWish] = useState<Wish | null>(null)
  const [current, setCurrent] = useState('')
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => () => source.dispose(), [])
  useEffect(() => { source.show(shown.from, shown.to) }, [shown.from, shown.to])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint((hint) => { if (!hint || hint.entity === entity.name) timer ??= setTimeout(() => { timer = undefined; source.refresh() }, RELOAD_PAUSE_MS) })
    return () => { stop(); clearTimeout(timer) }
  }, [])
  void source.version.value
  const moving = useMoving({ entity, shape, source, box, onWish: setWish })
  const happenings = moving.apply(source.all())
  const problem = source.problem.value
  const soon = (): Wish => {
    const here = momentOf(now.value)
    const minutes = shown.on === here.day ? Math.min(Math.ceil(here.minutes / STEP_MINUTES) * STEP_MINUTES, 1380) : 540
    return { from: { day: shown.on, minutes }, to: { day: shown.on, minutes: minutes + 60 }, allDay: false, person: undefined }
  }
  const done = (happening: Happening, isDone: boolean): void => { if (shape.done) source.write(happening.id, { [shape.done.name]: isDone ? new Date().toISOString() : null }) }
  useActions(calendarActions({ entity, source, shape, span, current, moving, navigate, filter: onFilter, add: () => setWish(soon()) }))
  const grid = { entity, shape, shown, happenings, people: peopleOf(shape, happenings), drawn: moving.drawn, moving: moving.id, onFocus: setCurrent, onDay: (day: string) => set({ span: 'day', on: day }) }
  return (
    <>
      {problem && problem.code !== 'offline' && <ErrorCard error={problem} retry={() => source.refresh()} />}
      {source.cut && <p class="calendar-cut" role="status">{tc('cut', { count: happenings.length })}</p>}
      <div ref={box} class={`calendar-body${source.loading.value && happenings.length > 0 ? ' list-dim' : ''}`}>
        {shown.span === 'month' ? <MonthGrid {...grid} />
          : shown.span === 'agenda' ? <Agenda entity={entity} shape={shape} shown={shown} happenings={happenings} loading={source.loading.value} onFocus={setCurrent} onDone={done} />
          : <TimeGrid key={`${shown.span}/${shown.people}`} {...grid} />}
      </div>
      {wish && <NewDialog entity={entity} shape={shape} wish={wish} onMade={(record) => { setWish(null); source.put(record); source.refresh() }} onClose={() => setWish(null)} />}
    </>
  )
}

/** Who has something in the days shown, oneself first, what is nobody's last. */
function peopleOf(shape: Shape, happenings: Happening[]): Lane[] {
  const me = meta.value?.user
  const lanes = new Map<string, string>(me ? [[me.id, me.name || me.login]] : [])
  for (const item of happenings) {
    const person = shape.person ? item.record[shape.person.name] : null
    if (isReference(person) && !lanes.has(person.id)) lanes.set(person.id, person.title ?? person.id)
  }
  const [first, ...others] = [...lanes].map(([id, name]): Lane => ({ id, name }))
  return [...(first ? [first] : []), ...others.sort((a, b) => a.name.localeCompare(b.name)), ...(happenings.some((item) => !item.person) ? [{ id: undefined, name: tc('nobody') }] : [])]
}
