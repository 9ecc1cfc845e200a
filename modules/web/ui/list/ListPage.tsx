// A list of any entity: views as tabs, filter as sentences, a table of any length, what is done to the
// chosen ones, count and sums. The address holds its state.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { Plus } from 'lucide-preact'
import { onHint } from '../data/live'
import { sayProblem } from '../data/undo'
import { remember } from '../shell/settings'
import { useActions, type Action } from '../shell/actions'
import type { Entity, Field, RecordData } from '../data/types'
import { slotActions } from '../extend/slots'
import { FilterBar } from '../filter/FilterBar'
import { ErrorCard } from '../kit/ErrorCard'
import { lazy } from '../kit/lazy'
import { useMedia } from '../kit/media'
import { t } from '../locale/i18n'
import { titleOf } from '../pages/columns'
import { useParameter } from '../shell/address'
import { TopBar } from '../shell/TopBar'
import type { BulkBarProps } from './BulkBar'
import { Foot } from './Foot'
import type { GroupSource } from './groups'
import { layoutOf, type LayoutProps } from './layouts'
import { Lines } from './Lines'
import { ListEmpty } from './ListEmpty'
import { ListTools } from './ListTools'
import type { PeekProps } from './Peek'
import { Selection } from './selection'
import { FlatSource, unasked, type RowSource } from './source'
import { canGroup, useListAddress } from './state'
import { Table } from './Table'
import { useViews, ViewTabs } from './ViewTabs'

const RELOAD_PAUSE_MS = 400
const BulkBar = lazy<BulkBarProps>(() => import('./BulkBar').then((module) => module.BulkBar))
const Peek = lazy<PeekProps>(() => import('./Peek').then((module) => module.Peek))

const BoardPage = lazy<LayoutProps>(() => import('../board/BoardPage').then((module) => module.BoardPage))
const CalendarPage = lazy<LayoutProps>(() => import('../calendar/CalendarPage').then((module) => module.CalendarPage))

/** The list in the layout that its address or its view asks for; filter, words and views are the same. */
export function ListPage({ entity }: { entity: Entity }) {
  const views = useViews(entity)
  const address = useListAddress(entity, views.list)
  const layout = layoutOf(entity, address.state.as)
  const props = { entity, views, address }
  if (layout === 'board') return <BoardPage {...props} />
  if (layout === 'calendar') return <CalendarPage {...props} />
  return <TablePage {...props} />
}

function TablePage({ entity, views, address }: LayoutProps) {
  const { state, set } = address
  const [, navigate] = useLocation()
  const [cursor, setCursor] = useState({ row: -1, column: 0 })
  const [editing, setEditing] = useState(false)
  const [peek, setPeek] = useParameter('peek', true)
  const [opened, setOpened] = useParameter('open', true)
  const [filtering, setFiltering] = useState(false)
  const phone = useMedia('(max-width: 760px)')
  const fieldNames = [...new Set([...state.columns.map((column) => column.field.name), entity.title])].join(',')
  const groupField = entity.fields.find((field) => field.name === state.group && canGroup(field))
  const sums = useMemo(() => state.columns.map((column) => column.field).filter(canSum), [state.columns])
  const source = useSource(entity, { entity: entity.name, fields: fieldNames, where: state.where, search: state.search, sort: state.sort }, groupField, sums, opened)
  const selection = useMemo(() => new Selection(), [source])
  useLiveReload(source, entity.name)
  useEffect(() => { if (source.show) { source.onOpened = setOpened; source.show(opened) } }, [source, opened])
  useLayoutEffect(() => { setCursor({ row: -1, column: 0 }); setEditing(false) }, [source])
  void source.version.value

  const item = source.at(cursor.row)
  const record = item?.kind === 'row' ? source.rows.get(item.id) : undefined
  useEffect(() => { if (peek && record && peek !== record.id) setPeek(record.id) }, [record?.id])
  const open = (row: RecordData): void => {
    remember({ entity: entity.name, id: row.id, title: titleOf(entity, row) })
    rememberPlace(entity.name, source, cursor.row)
    navigate(`/${entity.name}/${row.id}`)
  }
  const move = (by: number): void => setCursor((old) => ({ ...old, row: Math.max(0, Math.min(old.row + by, source.count() - 1)) }))
  const turn = (by: number): void => setCursor((old) => ({ row: Math.max(old.row, 0), column: Math.max(0, Math.min(old.column + by, state.columns.length - 1)) }))
  const isRow = (): boolean => record !== undefined
  useActions(listActions({
    entity, record, isRow, move, turn, navigate, selection, source, cursor,
    open: () => { if (item?.kind === 'group') source.toggle?.(item.key); else if (record) open(record) },
    edit: () => setEditing(true), canEdit: () => isRow() && entity.can.update && !phone, editsHere: () => cursor.column > 0 && isRow() && entity.can.update && !phone,
    peek: () => setPeek(peek ? '' : record?.id ?? ''), filter: () => setFiltering(true), refresh: () => source.refresh(),
  }))

  const count = source.count()
  const { loading, problem } = source.status.value
  const props = { entity, state, source, selection, cursor, onCursor: setCursor, onOpen: open, editing, onEditing: setEditing, onSort: (sort: string) => set({ sort }), onColumns: (columns: string) => set({ columns }) }
  return (
    <div class="page list-page">
      <TopBar crumbs={[{ text: entity.label_plural }]}>
        {entity.can.create && (
          <Link href={`/${entity.name}/new`} class="button primary" aria-keyshortcuts="c"><Plus size={14} aria-hidden="true" />{t('create')}<kbd class="on-accent" aria-hidden="true">C</kbd></Link>
        )}
      </TopBar>
      <main class="page list-main" id="main" tabIndex={-1}>
        <h1 class="visually-hidden">{entity.label_plural}</h1>
        <ViewTabs entity={entity} views={views} address={address} />
        <div class="list-bar">
          <FilterBar entity={entity} state={state} set={set} problem={problem} adding={filtering} onAdding={setFiltering} />
          <ListTools entity={entity} address={address} />
        </div>
        {problem && problem.code !== 'offline' && problem.status !== 400 && <ErrorCard error={problem} retry={() => source.refresh()} />}
        {!loading && !problem && count === 0
          ? <ListEmpty entity={entity} filtered={!!(state.where || state.search)} onClear={() => set({ where: '', search: undefined })} />
          : <div class={`list-body${loading && count > 0 ? ' list-dim' : ''}`}>
              {phone ? <Lines {...props} /> : <Table {...props} />}
              {peek && <Peek entity={entity} id={peek} onClose={() => setPeek('')} onOpen={() => navigate(`/${entity.name}/${peek}`)} />}
            </div>}
        {selection.size.value > 0 && <BulkBar entity={entity} selection={selection} where={state.where} search={state.search} total={source.status.value.total?.value ?? count} onDone={() => source.refresh()} />}
      </main>
      <Foot entity={entity} state={state} source={source} sums={sums} />
    </div>
  )
}

export function canSum(field: Field): boolean { return ['money', 'decimal'].includes(field.value) || (field.value === 'int' && field.type !== 'integer') }

/** One source as long as the question is the same; rows of the old one stay until the new has answered. */
function useSource(entity: Entity, query: ConstructorParameters<typeof FlatSource>[0], group: Field | undefined, sums: Field[], opened: string): RowSource {
  const [Groups, setGroups] = useState<typeof GroupSource | null>(null)
  const waits = group && !Groups
  useEffect(() => { if (waits) import('./groups').then((module) => setGroups(() => module.GroupSource)).catch(sayProblem) }, [waits])
  const key = JSON.stringify([query, group?.name, waits])
  const shown = useRef<RowSource>()
  const asked = useRef<{ key: string; source: RowSource }>()
  if (asked.current?.key !== key) {
    if (asked.current && asked.current.source !== shown.current) asked.current.source.dispose()
    asked.current = { key, source: !group ? new FlatSource(query) : Groups ? new Groups(query, entity, group, sums, opened) : unasked() }
  }
  const next = asked.current.source
  const ready = !next.status.value.loading
  if (ready || !shown.current) {
    if (shown.current && shown.current !== next) shown.current.dispose()
    shown.current = next
  }
  useEffect(() => () => { shown.current?.dispose(); asked.current?.source.dispose() }, [])
  return shown.current
}

/** Asks again quietly after others' changes, at most a few times a second. */
function useLiveReload(source: RowSource, entity: string): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint((hint) => {
      if ((hint && hint.entity !== entity) || timer) return
      timer = setTimeout(() => { timer = undefined; source.refresh() }, RELOAD_PAUSE_MS)
    })
    return () => { stop(); clearTimeout(timer) }
  }, [source, entity])
}

/** The neighbours of the record that is opened, for "next" and "previous" on its page. */
function rememberPlace(entity: string, source: RowSource, row: number): void {
  const around = [...Array(101).keys()].map((offset) => source.at(row - 50 + offset)).flatMap((item) => (item?.kind === 'row' ? [item.id] : []))
  sessionStorage.setItem('perigee.place', JSON.stringify({ entity, ids: around, back: location.pathname + location.search, position: row, total: source.status.peek().total }))
}

interface ActionsInput {
  entity: Entity; record: RecordData | undefined; selection: Selection; source: RowSource; cursor: { row: number; column: number }
  isRow: () => boolean; canEdit: () => boolean; editsHere: () => boolean
  move: (by: number) => void; turn: (by: number) => void; navigate: (to: string) => void
  open: () => void; edit: () => void; peek: () => void; filter: () => void; refresh: () => void
}

function listActions(input: ActionsInput): Action[] {
  const { entity, record, selection, source, cursor, move, turn } = input
  const page = 15
  return [
    ...slotActions('list.action', 'selection', entity.name, () => (selection.size.peek() ? [...selection.ids.peek()] : record ? [record.id] : [])),
    { id: 'list.edit_cell', group: 'list', label: t('edit_cell'), keys: 'Enter', when: input.editsHere, run: input.edit, hidden: true },
    { id: 'list.open', group: 'record', label: t('open'), keys: 'Enter', icon: 'enter', when: () => cursor.row >= 0, run: input.open },
    { id: 'list.peek', group: 'record', label: t('peek'), keys: 'Space', icon: 'panel', when: input.isRow, run: input.peek },
    { id: 'list.edit', group: 'record', label: t('edit'), keys: 'e', icon: 'pencil', when: input.canEdit, run: input.edit },
    { id: 'list.edit_f2', group: 'record', label: '', keys: 'F2', hidden: true, when: input.canEdit, run: input.edit },
    { id: 'list.create', group: 'create', label: t('new', { what: entity.label }), keys: 'c', icon: 'plus', when: () => entity.can.create, run: () => input.navigate(`/${entity.name}/new`) },
    { id: 'list.filter', group: 'list', label: t('filter_add'), keys: 'f', icon: 'filter', run: input.filter },
    { id: 'list.search', group: 'list', label: t('search_in', { what: entity.label_plural }), keys: '/', icon: 'search', run: () => document.getElementById('list-search')?.focus() },
    { id: 'list.refresh', group: 'list', label: t('refresh'), keys: 'Shift+r', icon: 'undo', run: input.refresh },
    { id: 'list.select', group: 'selection', label: t('select_row'), keys: 'x', icon: 'check-square', when: input.isRow, run: () => { if (record) selection.toggle(record.id, cursor.row) } },
    { id: 'list.select_all', group: 'selection', label: t('select_all'), keys: 'Mod+a', icon: 'check-square', run: () => selection.everything(source.status.peek().total?.value ?? source.count()) },
    { id: 'list.assign', group: 'record', label: t('assign'), keys: 'a', icon: 'assign', when: () => input.isRow() && entity.can.update && selection.size.peek() === 0, run: () => { selection.wants = 'assign'; if (record) selection.toggle(record.id, cursor.row) } },
    { id: 'list.unselect', group: 'selection', label: t('select_none'), keys: 'Escape', icon: 'x', when: () => selection.size.peek() > 0, run: () => selection.clear() },
    { id: 'list.down', group: 'list', label: t('row_next'), keys: 'j', hidden: true, run: () => move(1) },
    { id: 'list.up', group: 'list', label: t('row_previous'), keys: 'k', hidden: true, run: () => move(-1) },
    ...([['ArrowDown', 1], ['ArrowUp', -1], ['PageDown', page], ['PageUp', -page], ['Mod+Home', -Infinity], ['Mod+End', Infinity], ['Home', -Infinity], ['End', Infinity]] as const)
      .map(([keys, by]): Action => ({ id: `list.${keys}`, group: 'list', label: '', keys, hidden: true, run: () => move(by) })),
    { id: 'list.right', group: 'list', label: '', keys: 'ArrowRight', hidden: true, run: () => turn(1) },
    { id: 'list.left', group: 'list', label: '', keys: 'ArrowLeft', hidden: true, run: () => turn(-1) },
  ]
}
