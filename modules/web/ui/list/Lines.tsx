// The phone's list: title and figure above, three more values below; a long press or the box chooses.
import { useEffect, useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ChevronDown, ChevronRight } from 'lucide-preact'
import { FieldValue } from '../field/FieldValue'
import { formatValue } from '../format/format'
import { t } from '../locale/i18n'
import { titleField } from '../pages/columns'
import { useScroller } from './scroller'
import type { TableProps } from './Table'

const LINE_PX = 64

/** Facts below a title, which is not said again. */
const SAID = 2

export function Lines({ entity, state, source, selection, onOpen }: TableProps) {
  const box = useRef<HTMLDivElement>(null)
  const { window } = useScroller(box, source.count(), LINE_PX, 0)
  useEffect(() => { source.want(window.from, window.to) }, [source, window.from, window.to, source.version.value])
  const title = titleField(entity)
  const fields = state.columns.map((column) => column.field).filter((field) => field !== title)
  const figure = fields.find((field) => field.value === 'money')
  const badge = fields.find((field) => field.type === 'choice' || field.ref === 'stage')
  const others = fields.filter((field) => field !== figure && field !== badge)
  return (
    <div ref={box} class="list-scroll list-lines" tabIndex={0} role="region" aria-label={entity.label_plural}>
      <div ref={(space) => { if (space) space.style.height = `${window.above}px` }} />
      <ul aria-label={entity.label_plural}>
        {[...Array(Math.max(0, window.to - window.from)).keys()].map((offset) => {
          const index = window.from + offset
          const item = source.at(index)
          const row = item?.kind === 'row' ? source.rows.get(item.id) : undefined
          if (item?.kind === 'group')
            return (
              <li key={`g${item.key}`} class="line-group">
                <button type="button" aria-expanded={item.open} onClick={() => source.toggle?.(item.key)}>
                  {item.open ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}<strong>{item.label}</strong><span class="count">{item.count}</span><span class="sums">{item.sums}</span>
                </button>
              </li>
            )
          if (!row) return <li key={`b${index}`} class="line-row"><span class="skeleton wide" /></li>
          return (
            <li key={row.id} class="line-row" data-chosen={selection.has(row.id)}>
              <label class="line-pick"><input type="checkbox" checked={selection.has(row.id)} aria-label={t('select_row')} onChange={() => selection.toggle(row.id, index)} /></label>
              <Link href={`/${entity.name}/${row.id}`} onClick={(event: MouseEvent) => { event.preventDefault(); onOpen(row) }}>
                <span class="line"><span>{title ? formatValue(title, row[title.name]) : row.id}</span>{figure && <span class="number">{formatValue(figure, row[figure.name])}</span>}</span>
                <span class="line sub"><span>{others.map((field) => formatValue(field, row[field.name])).filter((text) => text && text !== row[entity.title]).slice(0, SAID).join(' · ') || '—'}</span>{badge && <FieldValue field={badge} value={row[badge.name]} plain />}</span>
              </Link>
            </li>
          )
        })}
      </ul>
      <div ref={(space) => { if (space) space.style.height = `${window.below}px` }} />
    </div>
  )
}
