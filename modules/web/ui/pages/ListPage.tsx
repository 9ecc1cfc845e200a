// A list of any entity: search, sort, keyboard, pages by scrolling; two-line rows on a phone. The
// address holds its state.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Link, useLocation, useSearchParams } from 'wouter-preact'
import { ArrowDown, ArrowUp, Plus } from 'lucide-preact'
import { onHint } from '../data/live'
import { RecordList } from '../data/records'
import type { Entity, Field, RecordData } from '../data/types'
import { FieldValue } from '../field/FieldValue'
import { formatValue, isNumeric } from '../format/format'
import { Button } from '../kit/Button'
import { useDelayed } from '../kit/delayed'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { useKeys } from '../shell/keys'
import { TopBar } from '../shell/TopBar'
import { listColumns, titleField } from './columns'

const TYPING_PAUSE_MS = 150
const RELOAD_PAUSE_MS = 400

export function ListPage({ entity }: { entity: Entity }) {
  const [parameters, setParameters] = useSearchParams()
  const [, navigate] = useLocation()
  const [current, setCurrent] = useState(-1)
  const list = useMemo(() => new RecordList(entity.name), [entity.name])
  const columns = useMemo(() => listColumns(entity), [entity])
  const search = parameters.get('search') ?? ''
  const sort = parameters.get('sort') ?? ''
  const state = list.state.value

  useEffect(() => {
    void list.load({ fields: columns.map((field) => field.name).join(','), q: search, sort: search ? '' : sort || '-created_at' })
    setCurrent(-1)
  }, [list, columns, search, sort])
  useEffect(() => () => list.dispose(), [list])
  useLiveReload(list, entity.name)

  const openRow = (id: string): void => navigate(`/${entity.name}/${id}`)
  useKeys({
    j: () => setCurrent((at) => Math.min(at + 1, state.ids.length - 1)),
    k: () => setCurrent((at) => Math.max(at - 1, 0)),
    Enter: () => { const id = state.ids[current]; if (id) openRow(id) },
    c: () => { if (entity.can.create) navigate(`/${entity.name}/new`) },
    '/': () => document.getElementById('list-search')?.focus(),
  })
  const set = (name: string, value: string): void => setParameters((old) => {
    const next = new URLSearchParams(old)
    if (value) next.set(name, value)
    else next.delete(name)
    return next
  }, { replace: true })

  return (
    <div class="page">
      <TopBar crumbs={[{ text: entity.label_plural }]}>
        {entity.can.create && (
          <Link href={`/${entity.name}/new`} class="button primary"><Plus size={14} aria-hidden="true" />{t('create')} <kbd class="on-accent">C</kbd></Link>
        )}
      </TopBar>
      <main class="page" id="main">
        <h1 class="visually-hidden">{entity.label_plural}</h1>
        <div class="list-bar" role="search">
          <SearchBox key={entity.name} label={t('search_in', { what: entity.label_plural })} value={search} onChange={(text) => set('search', text)} />
        </div>
        {state.problem
          ? <ErrorCard error={state.problem} retry={() => void list.reload()} />
          : <Rows entity={entity} columns={columns} list={list} sort={sort} current={current} onSort={(value) => set('sort', value)} search={search} />}
      </main>
      <Foot list={list} />
    </div>
  )
}

/** Reloads quietly after others' changes, at most a few times a second. */
function useLiveReload(list: RecordList, entity: string): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint((hint) => {
      if (hint.entity !== entity || timer) return
      timer = setTimeout(() => { timer = undefined; void list.reload() }, RELOAD_PAUSE_MS)
    })
    return () => { stop(); clearTimeout(timer) }
  }, [list, entity])
}

function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value)
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return <input id="list-search" type="search" class="input search" placeholder={`${label}…`} aria-label={label} value={text} onInput={(event) => setText(event.currentTarget.value)} />
}

interface RowsProps {
  entity: Entity
  columns: Field[]
  list: RecordList
  sort: string
  search: string
  current: number
  onSort: (sort: string) => void
}

function Rows({ entity, columns, list, sort, search, current, onSort }: RowsProps) {
  const state = list.state.value
  const waiting = useDelayed(state.loading && state.ids.length === 0)
  const end = useEndReached(() => void list.more())
  if (!state.loading && state.ids.length === 0)
    return search
      ? <Empty icon="circle" text={t('empty_filtered', { text: search })} />
      : <Empty icon={entity.icon} text={entity.can.create ? t('empty_list') : t('empty_read')}>
          {entity.can.create && <Link href={`/${entity.name}/new`} class="button primary">{t('new', { what: entity.label })}</Link>}
        </Empty>
  const rows = state.ids.map((id) => state.rows.get(id)).filter((row): row is RecordData => row !== undefined)
  return (
    <>
      <div class={`list-scroll${state.loading && rows.length ? ' list-dim' : ''}`} tabIndex={0} role="region" aria-label={entity.label_plural}>
        <table class="table">
          <thead><tr>{columns.map((field, index) => <Head key={field.name} field={field} first={index === 0} sort={sort} onSort={onSort} />)}</tr></thead>
          <tbody>
            {waiting && [...Array(8).keys()].map((index) => <tr key={index}>{columns.map((field) => <td key={field.name}><span class="skeleton" /></td>)}</tr>)}
            {rows.map((row, index) => (
              <tr key={row.id} data-current={index === current}>
                {columns.map((field, column) => (
                  <td key={field.name} class={`${column === 0 ? 'first' : ''}${isNumeric(field) ? ' end' : ''}`}>
                    {column === 0
                      ? <Link href={`/${entity.name}/${row.id}`}>{formatValue(field, row[field.name]) || row.id}</Link>
                      : <FieldValue field={field} value={row[field.name]} plain />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <div ref={end} />
      </div>
      <Lines entity={entity} columns={columns} rows={rows} />
      {state.next && <div class="list-lines"><Button look="quiet" onClick={() => void list.more()}>{t('load_more')}</Button></div>}
    </>
  )
}

function Head({ field, first, sort, onSort }: { field: Field; first: boolean; sort: string; onSort: (sort: string) => void }) {
  const down = sort === `-${field.name}`
  const up = sort === field.name
  const sortable = !field.many && field.type !== 'ref' && field.type !== 'choice'
  return (
    <th scope="col" class={`${first ? 'first' : ''}${isNumeric(field) ? ' end' : ''}`} aria-sort={down ? 'descending' : up ? 'ascending' : undefined}>
      {sortable
        ? <button type="button" title={t('sort_by', { what: field.label })} onClick={() => onSort(up ? `-${field.name}` : down ? '' : field.name)}>
            {field.label}{up && <ArrowUp size={12} aria-hidden="true" />}{down && <ArrowDown size={12} aria-hidden="true" />}
          </button>
        : field.label}
    </th>
  )
}

/** The phone's list: title and figure above, two more values below. */
function Lines({ entity, columns, rows }: { entity: Entity; columns: Field[]; rows: RecordData[] }) {
  const title = titleField(entity)
  const figure = columns.find((field) => field.value === 'money')
  const others = columns.filter((field) => field !== title && field !== figure).slice(0, 3)
  return (
    <div class="list-lines">
      {rows.map((row) => (
        <Link href={`/${entity.name}/${row.id}`} key={row.id}>
          <span class="line"><span>{title ? formatValue(title, row[title.name]) : row.id}</span>{figure && <span class="number">{formatValue(figure, row[figure.name])}</span>}</span>
          <span class="sub">{others.map((field) => formatValue(field, row[field.name])).filter(Boolean).join(' · ')}</span>
        </Link>
      ))}
    </div>
  )
}

/** Calls back when the element behind the last row comes near. */
function useEndReached(reached: () => void) {
  const mark = useRef<HTMLDivElement>(null)
  const latest = useRef(reached)
  latest.current = reached
  useEffect(() => {
    if (!mark.current) return
    const observer = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) latest.current() }, { rootMargin: '600px' })
    observer.observe(mark.current)
    return () => observer.disconnect()
  })
  return mark
}

function Foot({ list }: { list: RecordList }) {
  const total = list.state.value.total
  return (
    <footer class="list-foot" aria-live="polite">
      {total && <span>{total.exact ? t('count', { count: total.value }) : t('count_more', { count: total.value })}</span>}
    </footer>
  )
}
