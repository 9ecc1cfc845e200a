// A pipeline as a board: views, filter and words as in the list, a column a stage, cards moved by pointer,
// keys or menu. The address holds its state; what others do appears by itself.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Link, useLocation, useSearchParams } from 'wouter-preact'
import { Plus } from 'lucide-preact'
import { onHint } from '../data/live'
import { deleteRecord } from '../data/records'
import { pipelines } from '../data/session'
import { sayProblem } from '../data/undo'
import type { Entity, Pipeline, RecordData } from '../data/types'
import { FilterBar } from '../filter/FilterBar'
import { followClock } from '../format/days'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import type { MenuItem } from '../kit/Menu'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import type { LayoutProps } from '../list/layouts'
import { ListTools } from '../list/ListTools'
import type { PeekProps } from '../list/Peek'
import { ViewTabs } from '../list/ViewTabs'
import { titleOf } from '../pages/columns'
import { useActions } from '../shell/actions'
import { useParameter } from '../shell/address'
import { remember } from '../shell/settings'
import { TopBar } from '../shell/TopBar'
import { boardActions } from './actions'
import { Automations } from './automations'
import './board.css'
import { BoardFoot } from './BoardFoot'
import type { CardCalls } from './Card'
import { Column } from './Column'
import { DropZones } from './DropZones'
import { followDrags } from './drag'
import { useKeyboard } from './keyboard'
import { MoveDialog } from './MoveDialog'
import { Mover } from './mover'
import { PipelineChooser } from './PipelineChooser'
import { QuickAdd } from './QuickAdd'
import { isClosed, shapeOf } from './shape'
import { BoardSource } from './source'
import { StageTabs } from './StageTabs'
import { tb } from './texts'

const Peek = lazy<PeekProps>(() => import('../list/Peek').then((module) => module.Peek))
const RELOAD_PAUSE_MS = 300
const OTHERS_PAUSE_MS = 1500

export function BoardPage({ entity, views, address }: LayoutProps) {
  const { state, set } = address
  const [parameters] = useSearchParams()
  const all = pipelines(entity.name)
  const pipeline = all.find((item) => item.id === parameters.get('pipeline')) ?? all[0]
  const [filtering, setFiltering] = useState(false)
  useEffect(() => followClock(), [])
  if (!pipeline) return null
  return (
    <div class="page list-page board-page">
      <TopBar crumbs={[{ text: entity.label_plural }]}>
        {entity.can.create && <Link href={`/${entity.name}/new`} class="button primary" aria-keyshortcuts="c"><Plus size={14} aria-hidden="true" />{t('create')}<kbd class="on-accent" aria-hidden="true">C</kbd></Link>}
      </TopBar>
      <main class="page list-main" id="main" tabIndex={-1}>
        <h1 class="visually-hidden">{entity.label_plural}: {pipeline.label}</h1>
        <ViewTabs entity={entity} views={views} address={address} />
        <Board key={`${pipeline.id}/${state.where}/${state.search}/${state.sort}`} entity={entity} pipeline={pipeline} query={{ where: state.where, search: state.search, sort: state.sort }} onFilter={() => setFiltering(true)} onClear={() => set({ where: '', search: undefined })}
          bar={(problem) => (
            <div class="list-bar">
              {all.length > 1 && <PipelineChooser pipelines={all} current={pipeline} />}
              <FilterBar entity={entity} state={state} set={set} problem={problem} adding={filtering} onAdding={setFiltering} />
              <ListTools entity={entity} address={address} />
            </div>
          )} />
      </main>
    </div>
  )
}

interface BoardProps {
  entity: Entity
  pipeline: Pipeline
  query: { where: string; search: string; sort: string }
  bar: (problem: BoardSource['problem']['value']) => preact.JSX.Element
  onFilter: () => void
  onClear: () => void
}

function Board({ entity, pipeline, query, bar, onFilter, onClear }: BoardProps) {
  const [, navigate] = useLocation()
  const shape = useMemo(() => shapeOf(entity), [entity])
  const source = useMemo(() => new BoardSource(entity, pipeline, shape, query), [])
  const automations = useMemo(() => new Automations(entity, pipeline), [])
  const mover = useMemo(() => new Mover(entity, source, shape), [])
  const [adding, setAdding] = useState('')
  const [dragging, setDragging] = useState('')
  const [peek, setPeek] = useParameter('peek', true)
  const box = useRef<HTMLDivElement>(null)
  const open = (record: RecordData): void => {
    remember({ entity: entity.name, id: record.id, title: titleOf(entity, record) })
    rememberColumn(entity, source, record.id)
    navigate(`/${entity.name}/${record.id}`)
  }
  const remove = (id: string): void => {
    const record = source.row(id)
    if (record) deleteRecord(entity, record, () => void source.touched([id])).then(() => source.remove(id)).catch(sayProblem)
  }
  const drop = (id: string, target: string): void => {
    const stage = pipeline.stages.find((item) => target === `stage:${item.id}`)
    if (target === 'delete') remove(id)
    else if (stage) mover.move(id, stage)
  }
  const keyboard = useKeyboard({ entity, source, mover, box, open })
  useEffect(() => () => source.dispose(), [])
  useEffect(() => automations.follow(source.version), [])
  useLive(source, entity.name, shape.next !== undefined)
  useEffect(() => box.current ? followDrags(box.current, {
    mayDrag: () => entity.can.update,
    onStart: (id) => { keyboard.focus(id, false); setDragging(id) },
    onEnd: (id, target) => { setDragging(''); if (target) drop(id, target) },
  }) : undefined, [])
  void source.version.value
  const current = source.row(keyboard.current)
  useEffect(() => { if (peek && current && peek !== current.id) setPeek(current.id) }, [current?.id])
  const menu = (record: RecordData): MenuItem[] => [
    { label: t('open'), icon: 'open', run: () => open(record) },
    ...(entity.can.update ? pipeline.stages.map((stage, index): MenuItem => ({
      label: stage.label, checked: source.columnOf(record.id)?.stage.id === stage.id, ...(index === 0 ? { section: tb('move_to') } : {}), run: () => { mover.move(record.id, stage); keyboard.focus(record.id) },
    })) : []),
    ...(entity.can.delete ? [{ label: t('delete'), icon: 'trash', danger: true, section: true as const, run: () => remove(record.id) }] : []),
  ]
  const hands = useRef<CardCalls>()
  hands.current = { menu, onKey: keyboard.onKey, onFocus: (id) => keyboard.focus(id, false), onOpen: open }
  const calls = useMemo<CardCalls>(() => ({
    menu: (record) => hands.current?.menu(record) ?? [],
    onKey: (event, id) => hands.current?.onKey(event, id),
    onFocus: (id) => hands.current?.onFocus(id),
    onOpen: (record) => hands.current?.onOpen(record),
  }), [])
  useActions(boardActions({ entity, source, keyboard, navigate, current, filter: onFilter, open, peek: () => setPeek(peek ? '' : current?.id ?? ''), remove, add: (stageId) => setAdding(stageId) }))
  const problem = source.problem.value
  const isEmpty = source.columns.every((column) => column.known && column.count === 0) && !adding
  return (
    <>
      {bar(problem)}
      {problem && problem.code !== 'offline' && problem.status !== 400 && <ErrorCard error={problem} retry={() => source.refresh()} />}
      {isEmpty && (query.where || query.search) ? <Empty icon="filter" text={t('empty_filtered')}><Button onClick={onClear}>{t('filter_clear')}</Button></Empty> : (
        <>
          <StageTabs source={source} board={box} />
          <div class="list-body">
            <div class="board" ref={box} role="group" aria-label={pipeline.label} data-dragging={dragging ? 'true' : undefined} tabIndex={-1}>
              {source.columns.map((column) => (
                <Column key={column.stage.id} entity={entity} shape={shape} source={source} column={column} automations={automations.list.value} current={keyboard.current || firstCard(source)} lifted={keyboard.lifted} over={keyboard.over === column.stage.id} calls={calls}
                  onAdd={entity.can.create ? () => setAdding(adding === column.stage.id ? '' : column.stage.id) : null}
                  adding={adding === column.stage.id && <QuickAdd entity={entity} pipeline={pipeline} stage={column.stage} shape={shape} onMade={(record) => source.put(record)} onClose={() => setAdding('')} />} />
              ))}
            </div>
            {peek && <Peek entity={entity} id={peek} onClose={() => setPeek('')} onOpen={() => navigate(`/${entity.name}/${peek}`)} />}
          </div>
        </>
      )}
      {dragging && <DropZones stages={pipeline.stages.filter(isClosed)} mayDelete={entity.can.delete} />}
      <p id="board-hint" class="visually-hidden">{tb('hint')}</p>
      <p class="visually-hidden" role="status" aria-live="assertive">{mover.said.value}</p>
      <BoardFoot source={source} />
      {mover.asking.value && <MoveDialog key={`${mover.asking.value.record.id}/${Object.keys(mover.asking.value.messages).join()}`} entity={entity} asking={mover.asking.value} />}
    </>
  )
}

function firstCard(source: BoardSource): string { return source.columns.find((column) => column.ids.length > 0)?.ids[0] ?? '' }

/** What others change: the cards they touched; what other entities do to a card's marks, less often. */
function useLive(source: BoardSource, entity: string, looksAtOthers: boolean): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let others: ReturnType<typeof setTimeout> | undefined
    let ids = new Set<string>()
    const stop = onHint((hint) => {
      if (hint && hint.entity !== entity) {
        if (looksAtOthers) others ??= setTimeout(() => { others = undefined; source.refresh() }, OTHERS_PAUSE_MS)
        return
      }
      if (!hint) { source.refresh(); return }
      ids.add(hint.id)
      timer ??= setTimeout(() => { timer = undefined; const touched = [...ids]; ids = new Set(); void source.touched(touched) }, RELOAD_PAUSE_MS)
    })
    return () => { stop(); clearTimeout(timer); clearTimeout(others) }
  }, [])
}

/** The neighbours of the card that is opened are those of its column. */
function rememberColumn(entity: Entity, source: BoardSource, id: string): void {
  const column = source.columnOf(id)
  if (!column) return
  const at = column.ids.indexOf(id)
  const first = Math.max(0, at - 50)
  sessionStorage.setItem('perigee.place', JSON.stringify({ entity: entity.name, ids: column.ids.slice(first, first + 101), back: location.pathname + location.search, position: at, total: { value: column.count, exact: column.exact } }))
}
