// The table's head: click sorts, the edge drags to a width, arrow keys on the edge do the same.
import { useRef } from 'preact/hooks'
import { ArrowDown, ArrowUp } from 'lucide-preact'
import type { Field } from '../data/types'
import { isNumeric } from '../format/format'
import { t } from '../locale/i18n'
import { widthOf, writeColumns, type Column } from './state'
import type { TableProps } from './Table'

const STEP_PX = 16
const MIN_PX = 64
export function canSort(field: Field): boolean { return !field.many && !['json', 'file', 'long_text', 'ref_any'].includes(field.type) }

export function Head({ state, source, selection, onSort, onColumns }: TableProps) {
  const all = selection.all.value > 0
  const filler = state.columns[0]?.width ? state.columns.length - 1 : 0
  const toggleAll = (): void => { if (selection.size.peek() > 0) selection.clear(); else selection.everything(source.status.peek().total?.value ?? source.count()) }
  const resize = (at: number, width: number): void => onColumns(writeColumns(state.columns.map((column, index) => (index === at ? { ...column, width: Math.max(MIN_PX, width) } : column))))
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="pick">
          <input type="checkbox" tabIndex={-1} aria-label={t('select_all')} checked={all} ref={(box) => { if (box) box.indeterminate = !all && selection.size.value > 0 }} onClick={(event) => { event.preventDefault(); toggleAll() }} />
        </th>
        {state.columns.map((column, at) => <HeadCell key={column.field.name} column={column} first={at === 0} fills={at === filler} sort={state.sort} onSort={onSort} onWidth={(width) => resize(at, width)} />)}
      </tr>
    </thead>
  )
}

/** The cell that `fills` takes what room is left. */
interface HeadCellProps { column: Column; first: boolean; fills: boolean; sort: string; onSort: (sort: string) => void; onWidth: (width: number) => void }

function HeadCell({ column, first, fills, sort, onSort, onWidth }: HeadCellProps) {
  const { field, width } = column
  const cell = useRef<HTMLTableCellElement>(null)
  const down = sort === `-${field.name}`
  const up = sort === field.name
  const apply = (px: number): void => { if (cell.current) cell.current.style.width = `${px}px` }
  const drag = (event: PointerEvent): void => {
    const from = event.clientX
    const start = cell.current?.offsetWidth ?? MIN_PX
    const grip = event.currentTarget as HTMLElement
    grip.setPointerCapture(event.pointerId)
    const moved = (moving: PointerEvent): void => apply(Math.max(MIN_PX, start + moving.clientX - from))
    const done = (ending: PointerEvent): void => {
      grip.removeEventListener('pointermove', moved)
      grip.removeEventListener('pointerup', done)
      if (ending.clientX !== from) onWidth(start + ending.clientX - from)
    }
    grip.addEventListener('pointermove', moved)
    grip.addEventListener('pointerup', done)
  }
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -STEP_PX, ArrowRight: STEP_PX }[event.key]
    if (!step) return
    event.preventDefault()
    event.stopPropagation()
    onWidth((cell.current?.offsetWidth ?? MIN_PX) + step)
  }
  return (
    <th ref={(element) => { cell.current = element; if (element) element.style.width = fills ? '' : `${widthOf(column, first)}px` }} scope="col"
      class={`${first ? 'first' : ''}${isNumeric(field) ? ' end' : ''}`} aria-sort={down ? 'descending' : up ? 'ascending' : undefined}>
      {canSort(field)
        ? <button type="button" class="sort" title={t('sort_by', { what: field.label })} onClick={() => onSort(up ? `-${field.name}` : down ? '' : field.name)}>
            <span>{field.label}</span>{up && <ArrowUp size={12} aria-hidden="true" />}{down && <ArrowDown size={12} aria-hidden="true" />}
          </button>
        : <span>{field.label}</span>}
      <span class="grip" role="separator" aria-orientation="vertical" aria-label={t('width_of', { what: field.label })} aria-valuenow={Math.round(width ?? cell.current?.offsetWidth ?? 120)} aria-valuemin={MIN_PX} aria-valuemax={900} tabIndex={0}
        onPointerDown={drag} onKeyDown={keys} />
    </th>
  )
}
