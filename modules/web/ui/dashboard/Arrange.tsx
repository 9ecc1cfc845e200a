// A dashboard being arranged: widgets are dragged by their head or moved and sized by keys, changed in a dialog, and
// kept as the person's own; a ready one or one of somebody else becomes a copy.
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { GripVertical, Plus } from 'lucide-preact'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Menu } from '../kit/Menu'
import { t } from '../locale/i18n'
import { moved } from '../reports/definition'
import { SaveDialog } from '../reports/SaveDialog'
import { readParameters } from '../reports/wire'
import '../reports/builder.css'
import { TopBar } from '../shell/TopBar'
import { td } from './texts'
import { usePage } from './usePage'
import { nameOf, WidgetCard } from './WidgetCard'
import { WidgetDialog } from './WidgetDialog'
import { HEIGHT_MAX, heightOf, widthOf, WIDGETS_MAX, WIDTH, type Definition, type Found, type Widget } from './wire'

/** `id`: whose record is changed; null: a new one is made. */
export interface ArrangeProps { name: string; id: string | null; label: string; help: string; start: Definition; search: string }

const within = (value: number, most: number): number => Math.min(most, Math.max(1, value))
const keyMoves: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }

export function Arrange({ name, id, label, help, start, search }: ArrangeProps) {
  const [, navigate] = useLocation()
  const [definition, setDefinition] = useState(start)
  const [changing, setChanging] = useState<number | null>(null)
  const [saving, setSaving] = useState(false)
  const [dragged, setDragged] = useState(-1)
  const [told, setTold] = useState('')
  const grid = useRef<HTMLDivElement>(null)
  const focusAt = useRef<number | null>(null)
  const parameters = readParameters(search)
  const { page, failure, busy, again } = usePage(name, parameters, definition)
  /* Answers stand in the order they were asked in: a widget keeps its own until the next come. */
  const answers = useRef(new WeakMap<Widget, Found>())
  const asked = useRef(definition)
  if (!busy) asked.current = definition
  useEffect(() => { page?.widgets.forEach((found, i) => { const widget = asked.current.widgets[i]; if (widget) answers.current.set(widget, found) }) }, [page])
  useEffect(() => { document.title = `${td('arrange')}: ${label} · Perigee` }, [label])
  useEffect(() => {
    if (focusAt.current === null) return
    grid.current?.querySelectorAll<HTMLElement>('.widget-grip')[focusAt.current]?.focus()
    focusAt.current = null
  }, [definition])
  const widgets = definition.widgets
  const foundOf = (widget: Widget, at: number): Found | undefined => answers.current.get(widget) ?? (busy ? undefined : page?.widgets[at])
  const put = (next: Widget[]): void => setDefinition({ ...definition, widgets: next })
  const called = (at: number): string => nameOf(widgets[at]!, foundOf(widgets[at]!, at))
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= widgets.length || from === to) return
    focusAt.current = to
    setTold(td('moved', { what: called(from), at: to + 1, all: widgets.length }))
    put(moved(widgets, from, to))
  }
  const size = (at: number, wide: number, high: number): void => {
    const widget = widgets[at]!
    const next = { ...widget, width: within(widthOf(widget) + wide, WIDTH), height: within(heightOf(widget) + high, HEIGHT_MAX) }
    const found = foundOf(widget, at)
    if (found) answers.current.set(next, found)
    focusAt.current = at
    setTold(td('sized', { what: called(at), width: next.width, height: next.height }))
    put(widgets.map((one, i) => (i === at ? next : one)))
  }
  const keys = (event: KeyboardEvent, at: number): void => {
    const step = keyMoves[event.key]
    if (!step) return
    event.preventDefault()
    event.stopPropagation()
    const sideways = event.key === 'ArrowLeft' || event.key === 'ArrowRight'
    if (event.shiftKey) size(at, sideways ? step : 0, sideways ? 0 : step)
    else move(at, at + step)
  }
  const change = (next: Widget): void => { put(changing === widgets.length ? [...widgets, next] : widgets.map((one, i) => (i === changing ? next : one))); setChanging(null) }
  const back = name === 'new' ? '/dashboards' : `/dashboards/${name}`
  const tools = (at: number) => (
    <>
      <button type="button" class="button quiet icon tiny widget-grip" title={td('drag')} aria-label={`${called(at)}: ${td('drag')}`} onKeyDown={(event) => keys(event, at)}><GripVertical size={14} aria-hidden="true" /></button>
      <Menu label={td('change', { what: called(at) })} class="button quiet icon tiny" items={[
        { label: td('settings'), icon: 'settings', run: () => setChanging(at) },
        { label: td('earlier'), section: true, disabled: at === 0, run: () => move(at, at - 1) },
        { label: td('later'), disabled: at + 1 === widgets.length, run: () => move(at, at + 1) },
        { label: td('wider'), section: true, disabled: widthOf(widgets[at]!) === WIDTH, run: () => size(at, 1, 0) },
        { label: td('narrower'), disabled: widthOf(widgets[at]!) === 1, run: () => size(at, -1, 0) },
        { label: td('taller'), disabled: heightOf(widgets[at]!) === HEIGHT_MAX, run: () => size(at, 0, 1) },
        { label: td('lower'), disabled: heightOf(widgets[at]!) === 1, run: () => size(at, 0, -1) },
        { label: t('remove'), icon: 'x', section: true, run: () => put(widgets.filter((_, i) => i !== at)) },
      ]}>⋯</Menu>
    </>
  )
  return (
    <div class="page">
      <TopBar crumbs={[{ text: td('title'), href: '/dashboards' }, { text: label }]}>
        <Button onClick={() => navigate(back)}>{t('cancel')}</Button>
        <Button look="primary" onClick={() => setSaving(true)}>{t('save')}</Button>
      </TopBar>
      <main id="main" class="dashboard" tabIndex={-1} data-arranging data-settled={!busy || undefined}>
        <h1 class="visually-hidden">{`${td('arrange')}: ${label}`}</h1>
        <p class="visually-hidden" role="status">{told}</p>
        {failure !== null && <ErrorCard error={failure} retry={again} />}
        {widgets.length > 0 && widgets.length < WIDGETS_MAX && <div class="dashboard-head"><Button onClick={() => setChanging(widgets.length)}><Plus size={14} aria-hidden="true" />{td('add')}</Button></div>}
        {widgets.length === 0 && <Empty icon="dashboard" text={td('empty')}><Button look="primary" onClick={() => setChanging(0)}>{td('add')}</Button></Empty>}
        <div class="dashboard-grid" ref={grid}>
          {widgets.map((widget, at) => (
            <div key={at} class="widget-slot" draggable style={{ '--w': widthOf(widget), '--h': heightOf(widget) }} data-dragged={dragged === at || undefined}
              onDragStart={(event) => { setDragged(at); event.dataTransfer?.setData('text/plain', called(at)) }} onDragEnd={() => setDragged(-1)}
              onDragOver={(event) => { if (dragged >= 0) event.preventDefault() }} onDrop={(event) => { event.preventDefault(); if (dragged >= 0) move(dragged, at); setDragged(-1) }}>
              <WidgetCard widget={widget} found={foundOf(widget, at)} parameters={parameters} tools={tools(at)} onChoose={() => {}} />
            </div>
          ))}
        </div>
      </main>
      {changing !== null && <WidgetDialog widget={widgets[changing] ?? null} onClose={() => setChanging(null)} onKeep={change} />}
      {saving && <SaveDialog kind="dashboard" title={td('save_dashboard')} id={id} name={label} description={help} definition={definition} onClose={() => setSaving(false)} onSaved={(saved) => navigate(`/dashboards/${saved}`)} />}
    </div>
  )
}
