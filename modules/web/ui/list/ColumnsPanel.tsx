// Which columns, in which order: boxes to choose, buttons (and Alt with arrows) to move.
import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { ArrowDown, ArrowUp } from 'lucide-preact'
import type { Entity, Field } from '../data/types'
import { Button } from '../kit/Button'
import { Popover } from '../kit/Popover'
import { t } from '../locale/i18n'
import { titleField } from '../pages/columns'
import { writeColumns, type Column } from './state'

export interface ColumnsPanelProps { entity: Entity; anchor: RefObject<HTMLElement>; columns: Column[]; onColumns: (columns: string | undefined) => void; onClose: () => void }
const unlisted = new Set(['json', 'children', 'long_text', 'ref_any'])

export function ColumnsPanel({ entity, anchor, columns, onColumns, onClose }: ColumnsPanelProps) {
  const [text, setText] = useState('')
  const title = titleField(entity)
  const fits = (field: Field): boolean => field.label.toLowerCase().includes(text.toLowerCase())
  const chosen = columns.filter((column) => column.field !== title)
  const rest = entity.fields.filter((field) => field !== title && !unlisted.has(field.type) && !chosen.some((column) => column.field === field) && fits(field))
  const put = (next: Column[]): void => onColumns(writeColumns([...columns.filter((column) => column.field === title), ...next]))
  const move = (from: number, to: number): void => {
    const next = [...chosen]
    const [moved] = next.splice(from, 1)
    if (!moved || to < 0 || to > next.length) return
    next.splice(to, 0, moved)
    put(next)
  }
  return (
    <Popover anchor={anchor} label={t('columns')} class="columns-panel" align="end" onClose={onClose}>
      <input class="input" type="search" placeholder={t('field_find')} aria-label={t('field_find')} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <ul class="field-list" aria-label={t('columns')}>
        {chosen.map((column, index) => fits(column.field) && (
          <li key={column.field.name} class="column-item" onKeyDown={(event) => { const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : 0; if (step) { event.preventDefault(); move(index, index + step) } }}>
            <label><input type="checkbox" checked onChange={() => put(chosen.filter((item) => item !== column))} />{column.field.label}</label>
            <button type="button" class="button quiet icon tiny" disabled={index === 0} aria-label={t('move_up', { what: column.field.label })} onClick={() => move(index, index - 1)}><ArrowUp size={12} aria-hidden="true" /></button>
            <button type="button" class="button quiet icon tiny" disabled={index === chosen.length - 1} aria-label={t('move_down', { what: column.field.label })} onClick={() => move(index, index + 1)}><ArrowDown size={12} aria-hidden="true" /></button>
          </li>
        ))}
        {rest.map((field, index) => <li key={field.name} class={`column-item${index === 0 ? ' first-rest' : ''}`}><label><input type="checkbox" onChange={() => put([...chosen, { field, width: undefined }])} />{field.label}</label></li>)}
      </ul>
      <div class="menu-line" />
      <Button look="quiet" onClick={() => onColumns(undefined)}>{t('columns_reset')}</Button>
    </Popover>
  )
}
