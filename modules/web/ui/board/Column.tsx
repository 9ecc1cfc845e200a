// A stage: its name, how many and how much, then its cards; more of them come as the end is reached.
import { useEffect, useRef } from 'preact/hooks'
import { CircleCheck, CirclePause, CircleX, Plus } from 'lucide-preact'
import { isMoney, type Entity } from '../data/types'
import { formatValue } from '../format/format'
import { useDelayed } from '../kit/delayed'
import { language } from '../locale/i18n'
import { Card, type CardCalls } from './Card'
import type { Automation } from './automations'
import type { Shape } from './shape'
import type { BoardSource, Column as ColumnData } from './source'
import { StageAutomations } from './StageAutomations'
import { tb } from './texts'

export interface ColumnProps {
  entity: Entity
  shape: Shape
  source: BoardSource
  column: ColumnData
  automations: Automation[]
  current: string
  lifted: string
  over: boolean
  adding: preact.ComponentChildren
  onAdd: (() => void) | null
  calls: CardCalls
}
const SKELETONS = 3
const AHEAD_PX = '400px'

export function Column(props: ColumnProps) {
  const { entity, shape, source, column, current, adding } = props
  const { stage } = column
  const list = useRef<HTMLUListElement>(null)
  const end = useRef<HTMLLIElement>(null)
  const waiting = useDelayed(column.loading && !column.known)
  useEffect(() => {
    if (!end.current) return
    const watch = new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) source.more(column) }, { root: list.current, rootMargin: AHEAD_PX })
    watch.observe(end.current)
    return () => watch.disconnect()
  }, [source, column.next, column.loading])
  const Sign = { open: null, won: CircleCheck, lost: CircleX, hold: CirclePause }[stage.kind]
  const count = new Intl.NumberFormat(language.value).format(column.count) + (column.exact ? '' : '+')
  const sum = shape.amount ? column.sums[shape.amount.name] : null
  const weighted = shape.weighted && stage.kind === 'open' ? column.sums[shape.weighted.name] : null
  return (
    <section class={`column ${stage.kind}`} aria-labelledby={`stage-${stage.id}`} data-drop={`stage:${stage.id}`} data-over={props.over ? 'true' : undefined} data-stage={stage.id}>
      <header class="column-head">
        <h2 id={`stage-${stage.id}`}>{Sign && <Sign size={14} aria-hidden="true" />}<span class="column-name">{stage.label}</span><span class="column-count">{count}</span></h2>
        {props.onAdd && <button type="button" class="button quiet icon tiny" aria-label={tb('add', { stage: stage.label })} title={tb('add', { stage: stage.label })} onClick={props.onAdd}><Plus size={14} aria-hidden="true" /></button>}
        {shape.amount && (
          <p class="column-sums">
            {isMoney(sum) && <strong>{formatValue(shape.amount, sum)}</strong>}
            {shape.weighted && isMoney(weighted) && isMoney(sum) && Number(sum.amount) !== 0 && <span title={shape.weighted.label}><span aria-hidden="true">≈ </span><span class="visually-hidden">{shape.weighted.label}: </span>{formatValue(shape.weighted, weighted)}</span>}
          </p>
        )}
      </header>
      <StageAutomations stage={stage} automations={props.automations} />
      {adding}
      <ul class="column-list" ref={list} aria-label={stage.label}>
        {waiting && [...Array(SKELETONS).keys()].map((index) => <li key={index} class="card blank" aria-hidden="true"><span class="skeleton wide" /><span class="skeleton" /></li>)}
        {column.ids.map((id) => {
          const record = source.rows.get(id)
          return record && <Card key={id} entity={entity} shape={shape} stage={stage} record={record} current={current === id} lifted={props.lifted === id} waiting={source.pending.has(id)} calls={props.calls} />
        })}
        {column.next && <li ref={end} class="column-more" aria-hidden="true"><span class="skeleton" /></li>}
        {column.known && column.ids.length === 0 && !adding && <li class="column-empty">{tb('empty')}</li>}
      </ul>
    </section>
  )
}
