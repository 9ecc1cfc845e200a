// The table: head with order and widths, only the rows in sight, groups among them, one cell edited.
import { useEffect, useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ChevronDown, ChevronRight } from 'lucide-preact'
import type { Entity, RecordData } from '../data/types'
import { Slot, slotOf } from '../extend/slots'
import { FieldValue } from '../field/FieldValue'
import { formatValue, isNumeric } from '../format/format'
import { useDelayed } from '../kit/delayed'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { density } from '../shell/settings'
import type { CellEditorProps } from './CellEditor'
import { Head } from './Head'
import { useScroller } from './scroller'
import type { Selection } from './selection'
import type { Item, RowSource } from './source'
import { widthOf, type Column, type ListState } from './state'

export interface TableProps {
  entity: Entity
  state: ListState
  source: RowSource
  selection: Selection
  cursor: { row: number; column: number }
  editing: boolean
  onCursor: (cursor: { row: number; column: number }) => void
  onEditing: (editing: boolean) => void
  onOpen: (record: RecordData) => void
  onSort: (sort: string) => void
  onColumns: (columns: string) => void
}
const CellEditor = lazy<CellEditorProps>(() => import('./CellEditor').then((module) => module.CellEditor))
export const rowHeights = { compact: 30, regular: 36, comfortable: 44 } as const
const HEAD_PX = 33
const PICK_PX = 38
const SKELETON_ROWS = 10

export function Table(props: TableProps) {
  const { entity, state, source, selection, cursor } = props
  const box = useRef<HTMLDivElement>(null)
  const count = source.count()
  const height = matchMedia('(pointer: coarse)').matches ? 48 : rowHeights[density.value]
  const { scroller, window } = useScroller(box, count, height, HEAD_PX)
  const waiting = useDelayed(source.status.value.loading && count === 0)
  useEffect(() => { source.want(window.from, window.to) }, [source, window.from, window.to, source.version.value])
  useEffect(() => { if (box.current) { box.current.scrollTop = 0; scroller.scrolled(0) } }, [source])
  useEffect(() => { if (box.current && cursor.row >= 0) scroller.reveal(box.current, cursor.row) }, [cursor.row])
  const span = state.columns.length + 1
  const choose = (row: number, column: number): void => { if (row !== cursor.row || column !== cursor.column) { props.onCursor({ row, column }); props.onEditing(false) } }
  const select = (item: Item, row: number, range: boolean): void => {
    if (item.kind !== 'row') return
    if (range && selection.anchor >= 0) {
      const [from, to] = [Math.min(selection.anchor, row), Math.max(selection.anchor, row)]
      selection.add([...Array(to - from + 1).keys()].flatMap((offset) => { const one = source.at(from + offset); return one?.kind === 'row' ? [one.id] : [] }))
    } else selection.toggle(item.id, row)
  }
  return (
    <div ref={box} class="list-scroll">
      <table class="table" ref={(table) => { if (table) table.style.minWidth = `${PICK_PX + state.columns.reduce((sum, column, at) => sum + widthOf(column, at === 0), 0)}px` }} role="grid" tabIndex={0} aria-label={entity.label_plural} aria-rowcount={count + 1} aria-colcount={span}
        aria-activedescendant={cursor.row >= 0 ? `cell-${cursor.row}-${cursor.column}` : undefined}>
        <Head {...props} />
        <tbody>
          {waiting && [...Array(SKELETON_ROWS).keys()].map((index) => <Blank key={index} span={span} />)}
          {window.above > 0 && <tr class="spacer" aria-hidden="true" ref={(row) => { if (row) row.style.height = `${window.above}px` }}><td colSpan={span} /></tr>}
          {[...Array(Math.max(0, window.to - window.from)).keys()].map((offset) => {
            const index = window.from + offset
            const item = source.at(index)
            const record = item?.kind === 'row' ? source.rows.get(item.id) : undefined
            if (item?.kind === 'group') return <GroupRow key={`g${item.key}`} item={item} index={index} span={span} current={index === cursor.row} onToggle={() => source.toggle?.(item.key)} />
            if (!record || item?.kind !== 'row') return <Blank key={`b${index}`} span={span} />
            return (
              <Row key={record.id} {...props} record={record} index={index} chosen={selection.has(record.id)} onChoose={choose} onSelect={(range) => select(item, index, range)}
                editing={props.editing && index === cursor.row} />
            )
          })}
          {window.below > 0 && <tr class="spacer" aria-hidden="true" ref={(row) => { if (row) row.style.height = `${window.below}px` }}><td colSpan={span} /></tr>}
        </tbody>
      </table>
    </div>
  )
}

function Blank({ span }: { span: number }) {
  return <tr class="blank-row" aria-hidden="true"><td class="pick" /><td class="first"><span class="skeleton wide" /></td>{span > 2 && <td colSpan={span - 2}><span class="skeleton" /></td>}</tr>
}

function GroupRow({ item, index, span, current, onToggle }: { item: Extract<Item, { kind: 'group' }>; index: number; span: number; current: boolean; onToggle: () => void }) {
  return (
    <tr class="group-row" data-current={current} aria-rowindex={index + 2}>
      <td colSpan={span} id={`cell-${index}-0`}>
        <button type="button" aria-expanded={item.open} onClick={onToggle}>
          {item.open ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}
          <strong>{item.label}</strong><span class="count">{new Intl.NumberFormat(document.documentElement.lang).format(item.count)}</span><span class="sums">{item.sums}</span>
        </button>
      </td>
    </tr>
  )
}

interface RowProps extends TableProps { record: RecordData; index: number; chosen: boolean; onChoose: (row: number, column: number) => void; onSelect: (range: boolean) => void }

function Row(props: RowProps) {
  const { entity, state, record, index, chosen, cursor, editing, onChoose } = props
  const current = index === cursor.row
  return (
    <tr data-current={current} aria-selected={chosen} aria-rowindex={index + 2} onDblClick={() => { if (entity.can.update) props.onEditing(true) }}>
      <td class="pick"><input type="checkbox" tabIndex={-1} checked={chosen} aria-label={t('select_row')} onClick={(event) => props.onSelect(event.shiftKey)} /></td>
      {state.columns.map((column, at) => (
        <td key={column.field.name} id={`cell-${index}-${at}`} class={cellClass(column, at)} data-cell={current && at === cursor.column} onClick={() => onChoose(index, at)}>
          {editing && at === cursor.column ? <CellEditor key={`${record.id}/${column.field.name}`} {...props} column={column} /> : <CellValue {...props} column={column} first={at === 0} />}
        </td>
      ))}
    </tr>
  )
}

const cellClass = (column: Column, at: number): string => `${at === 0 ? 'first' : ''}${isNumeric(column.field) ? ' end' : ''}`

function CellValue({ entity, record, column, first, onOpen, index, onChoose }: RowProps & { column: Column; first: boolean }) {
  const value = record[column.field.name]
  const own = first ? undefined : slotOf('list.column', entity.name, column.field.name)
  if (own) return <Slot key={record.id} view={own} inline record={record} field={column.field.name} value={value} otherwise={<FieldValue field={column.field} value={value} plain cell />} />
  if (!first) return <FieldValue field={column.field} value={value} plain cell />
  return (
    <Link href={`/${entity.name}/${record.id}`} tabIndex={-1} onClick={(event: MouseEvent) => { if (!event.ctrlKey && !event.metaKey) { event.preventDefault(); onChoose(index, 0); onOpen(record) } }}>
      {formatValue(column.field, value) || record.id}
    </Link>
  )
}
