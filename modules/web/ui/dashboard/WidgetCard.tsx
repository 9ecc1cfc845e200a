// A widget in its frame: what it is called, what it comes to, and what was not counted.
import { useId, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { ComponentChildren } from 'preact'
import { entity as findEntity } from '../data/session'
import { formatValue } from '../format/format'
import { titleOf } from '../pages/columns'
import { Figure } from '../reports/Cell'
import { Chart } from '../reports/Chart'
import { FigureTable } from '../reports/FigureTable'
import { changeOf, changeText, figureText, keyText, numberOf } from '../reports/figures'
import { FigureCards } from '../reports/OtherForms'
import { PivotTable } from '../reports/PivotTable'
import { tr, type ReportsKey } from '../reports/texts'
import { listPath, writeParameters, type Answer, type Parameters } from '../reports/wire'
import { td } from './texts'
import { heightOf, textOf, widthOf, type Found, type Widget } from './wire'

interface Props { widget: Widget; found: Found | undefined; parameters: Parameters; tools?: ComponentChildren; onChoose: (next: Partial<Parameters>) => void }

/** What a widget is called: what it says, else its report, or what it lists. */
export function nameOf(widget: Widget, found: Found | undefined): string {
  const answer = found?.answer
  const metric = answer && metricOf(widget, answer)
  const own = textOf(widget.title)
  if (own) return own
  if (widget.entity) return findEntity(widget.entity)?.label_plural ?? widget.entity
  if (widget.text !== undefined) return td('kind_text')
  return (widget.shown === 'figure' || widget.shown === 'goal') && metric ? metric.label : answer?.report.label ?? widget.report ?? ''
}

const positionOf = (answer: Answer, name: string | undefined): number => Math.max(0, answer.metrics.findIndex((metric) => metric.name === name))
const metricOf = (widget: Widget, answer: Answer) => answer.metrics[positionOf(answer, widget.metric)]

function hrefOf(widget: Widget, parameters: Parameters): string | null {
  if (widget.entity) return listPath(widget.entity, widget.where ?? '')
  if (!widget.report) return null
  const { door: _, ...page } = parameters
  return `/reports/${widget.report}${writeParameters(widget.period ? { ...page, period: widget.period } : page)}`
}

export function WidgetCard({ widget, found, parameters, tools, onChoose }: Props) {
  const id = useId()
  const name = nameOf(widget, found)
  const href = hrefOf(widget, parameters)
  const [asTable, setAsTable] = useState(false)
  const isChart = widget.shown === 'chart' || widget.shown === 'funnel'
  const own = widget.period && (`p_${widget.period}` as ReportsKey)
  return (
    <article class="widget" style={{ '--w': widthOf(widget), '--h': heightOf(widget) }} aria-labelledby={id} data-kind={widget.shown ?? (widget.report ? 'table' : widget.entity ? 'list' : 'text')}>
      <header class="widget-head">
        <h2 id={id} class={widget.text !== undefined && !widget.title ? 'visually-hidden' : ''}>{href && !tools && !found?.problem ? <Link href={href}>{name}</Link> : name}</h2>
        {own && <small>{/^(this|last)_(week|month|quarter|year)$|^last_(30_days|12_months)$|^all$|^today$/.test(widget.period!) ? tr(own) : widget.period}</small>}
        <span class="grow" />
        {isChart && found?.answer && !tools && <button type="button" class="button quiet tiny widget-turn" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>{td(asTable ? 'as_chart' : 'as_table')}</button>}
        {tools}
      </header>
      <div class="widget-body" tabIndex={0} role="group" aria-labelledby={id}>
        {found?.problem ? <p class="widget-problem" role="alert">{found.problem.detail}</p> : <Body {...{ widget, found, parameters, onChoose, asTable }} />}
      </div>
      {found?.answer && <Notes answer={found.answer} left={found.not_narrowed ?? []} href={href} />}
    </article>
  )
}

function Notes({ answer, left, href }: { answer: Answer; left: string[]; href: string | null }) {
  const out = answer.left_out.reduce((sum, one) => sum + one.count, 0)
  if (left.length === 0 && out === 0) return null
  return <footer class="widget-notes">{left.length > 0 && <span>{td('not_narrowed', { what: left.join(', ') })}</span>}{out > 0 && href && <Link href={href}>{td('left_out', { n: out })}</Link>}</footer>
}

function Body({ widget, found, parameters, onChoose, asTable }: Omit<Props, 'tools'> & { asTable: boolean }) {
  if (widget.text !== undefined) return <div class="widget-text">{textOf(widget.text).split(/\n{2,}/).map((part, i) => <p key={i}>{part}</p>)}</div>
  if (found?.list) return <Records widget={widget} found={found} />
  const answer = found?.answer
  if (!answer) return <span class="skeleton wide" aria-hidden="true" />
  const body = { answer, parameters, onChoose }
  const at = positionOf(answer, widget.metric)
  switch (widget.shown) {
    case 'figure': return <OneFigure {...{ answer, parameters }} at={at} />
    case 'goal': return <Goal {...{ answer, parameters }} at={at} goal={positionOf(answer, widget.goal)} />
    case 'cards': return <FigureCards {...body} />
    case 'pivot': return answer.report.columns.length > 0 ? <PivotTable {...body} /> : <FigureTable {...body} />
    case 'chart': case 'funnel': {
      if (asTable) return <FigureTable {...body} />
      if (answer.rows.length === 0) return <p class="report-none">{tr('empty')}</p>
      if (answer.rows.length === 1 || answer.dimensions.length === 0) return <FigureTable {...body} />
      const kind = widget.shown === 'funnel' ? 'funnel' : answer.report.chart === 'none' ? 'bars' : answer.report.chart
      return <Drawn answer={answer} parameters={parameters} at={at} kind={kind} />
    }
    default: return answer.dimensions.length > 0 && answer.rows.length === 0 ? <p class="report-none">{tr('empty')}</p> : <FigureTable {...body} />
  }
}

/** A chart, with its figures as a table for who cannot see it. */
function Drawn({ answer, parameters, at, kind }: { answer: Answer; parameters: Parameters; at: number; kind: string | undefined }) {
  const metric = answer.metrics[at]!
  if (kind !== 'gauge' && !answer.rows.some((row) => numberOf(row.values[at]) > 0)) return <p class="report-none">{td('nothing_drawn')}</p>
  return (
    <>
      <Chart {...{ answer, parameters, at, kind }} all />
      <table class="visually-hidden"><caption>{metric.label}</caption>
        <thead><tr>{answer.dimensions.map((dimension) => <th key={dimension.name} scope="col">{dimension.label}</th>)}<th scope="col">{metric.label}</th></tr></thead>
        <tbody>{answer.rows.map((row, i) => <tr key={i}>{row.keys.map((key, k) => (k === 0 ? <th key={k} scope="row">{keyText(answer.dimensions[k], key)}</th> : <td key={k}>{keyText(answer.dimensions[k], key)}</td>))}<td>{figureText(metric, row.values[at])}</td></tr>)}</tbody>
      </table>
    </>
  )
}

interface FigureProps { answer: Answer; parameters: Parameters; at: number }

function OneFigure({ answer, parameters, at }: FigureProps) {
  const metric = answer.metrics[at]!
  const row = { ...answer.total, keys: [] }
  const before = answer.previous ? row.previous?.[at] : undefined
  const change = changeOf(row.values[at], before)
  return (
    <div class="widget-figure">
      <strong><Figure {...{ answer, parameters, metric, row }} position={at} plain /></strong>
      {answer.previous && <p>{change === null ? td('no_previous') : <><b data-down={change < 0 || undefined}>{change > 0 ? '▲ ' : change < 0 ? '▼ ' : ''}{changeText(change)}</b> {td('before', { figure: figureText(metric, before) })}</>}</p>}
    </div>
  )
}

function Goal({ answer, parameters, at, goal }: FigureProps & { goal: number }) {
  const metric = answer.metrics[at]!, wanted = answer.metrics[goal]!
  const row = { ...answer.total, keys: [] }
  const most = numberOf(row.values[goal])
  const share = most > 0 ? numberOf(row.values[at]) / most : null
  const text = share === null ? td('no_goal') : td('goal_share', { share: changeText(share).replace(/^\+/, '') })
  return (
    <div class="widget-figure">
      <strong><Figure {...{ answer, parameters, metric, row }} position={at} plain /></strong>
      {share !== null && <div class="widget-goal" role="img" aria-label={text}><span style={{ width: `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%` }} data-done={share >= 1 || undefined} /></div>}
      <p>{text}{share !== null && <> · <span>{td('goal_of', { goal: figureText(wanted, row.values[goal]) })}</span></>}</p>
    </div>
  )
}

function Records({ widget, found }: { widget: Widget; found: Found }) {
  const entity = findEntity(widget.entity ?? '')
  const records = found.list?.records ?? []
  if (!entity) return null
  if (records.length === 0) return <p class="report-none">{tr('empty')}</p>
  const names = (widget.fields ?? entity.title).split(',').map((name) => name.trim())
  const columns = names.flatMap((name) => entity.fields.find((field) => field.name === name) ?? [])
  return (
    <table class="report-table">
      <thead><tr>{columns.map((field) => <th key={field.name} scope="col" class={field.value === 'money' || field.value === 'int' || field.value === 'decimal' ? 'figure' : ''}>{field.label}</th>)}</tr></thead>
      <tbody>{records.map((record) => <tr key={record.id}>{columns.map((field, i) => (i === 0
        ? <th key={field.name} scope="row"><Link href={`/${entity.name}/${record.id}`}>{formatValue(field, record[field.name]) || titleOf(entity, record)}</Link></th>
        : <td key={field.name} class={field.value === 'money' || field.value === 'int' || field.value === 'decimal' ? 'figure' : ''}>{formatValue(field, record[field.name])}</td>))}</tr>)}</tbody>
    </table>
  )
}
