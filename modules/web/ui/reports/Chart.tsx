// A report drawn: over time as bars or a line with the period before behind, as steps, parts of a whole, a stack or
// a gauge. The table says the same in words: beside it in a report, hidden for the eye on a dashboard.
import { axisText, changeOf, changeText, figureText, keyText, numberOf, spanOf } from './figures'
import { Figure } from './Cell'
import { tr } from './texts'
import type { Money } from '../data/types'
import type { Answer, Metric, Parameters, Row } from './wire'

const HEIGHT = 160
const STEP = 100
const PARTS = 7

/** `at`: which metric; `all`: also what the table's own bars say well enough beside it. */
export interface ChartProps { answer: Answer; parameters: Parameters; at?: number; kind?: string | undefined; all?: boolean }

export function Chart(props: ChartProps) {
  const { answer, at = 0, all } = props
  const kind = props.kind ?? answer.report.chart
  const metric = answer.metrics[at]
  if (!metric || kind === 'none') return null
  const drawing = { ...props, at, metric }
  if (kind === 'gauge') return <Gauge {...drawing} />
  if (answer.rows.length < 2) return null
  const [dimension] = answer.dimensions
  const single = answer.dimensions.length === 1
  if (kind === 'funnel' && single) return <Steps {...drawing} centred />
  if (kind === 'pie' && single && metric.additive && answer.rows.every((row) => numberOf(row.values[at]) >= 0)) return <Pie {...drawing} />
  if (kind === 'stacked' && answer.dimensions.length > 1) return <Stack {...drawing} />
  if (single && (kind === 'line' || dimension?.period)) return <Upright {...drawing} line={kind === 'line'} />
  return all && single ? <Steps {...drawing} /> : null
}

interface Drawing extends ChartProps { metric: Metric; at: number }
const nameOf = (answer: Answer, row: Row): string => row.keys.map((key, i) => keyText(answer.dimensions[i], key)).join(', ')

/** Rows below one another, each as wide as its figure. */
function Steps({ answer, parameters, metric, at, centred }: Drawing & { centred?: boolean }) {
  const most = Math.max(0, ...answer.rows.map((row) => numberOf(row.values[at])))
  if (most <= 0) return null
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}</figcaption>
      <ul class="report-funnel" aria-label={tr('chart', { metric: metric.label })}>
        {answer.rows.map((row, i) => <li key={i} class="report-step">
          <span class="report-step-name" title={nameOf(answer, row)}>{nameOf(answer, row)}</span>
          <span class="report-step-bar" data-centred={centred || undefined}><span style={{ width: `${Math.max(0.6, (numberOf(row.values[at]) / most) * 100).toFixed(2)}%` }} /></span>
          <span class="report-step-figure"><Figure {...{ answer, parameters, metric, row }} position={at} plain /></span>
        </li>)}
      </ul>
    </figure>
  )
}

/** Shares of a ring; what is small is one part with its name. */
function Pie({ answer, parameters, metric, at }: Drawing) {
  const total = answer.rows.reduce((sum, row) => sum + numberOf(row.values[at]), 0)
  if (total <= 0) return null
  const sorted = [...answer.rows].sort((a, b) => numberOf(b.values[at]) - numberOf(a.values[at]))
  const [shown, rest] = sorted.length > PARTS ? [sorted.slice(0, PARTS - 1), sorted.slice(PARTS - 1)] : [sorted, []]
  const shares = [...shown.map((row) => numberOf(row.values[at]) / total), ...(rest.length ? [rest.reduce((sum, row) => sum + numberOf(row.values[at]), 0) / total] : [])]
  let from = 0
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}</figcaption>
      <div class="report-pie">
        <svg viewBox="0 0 42 42" role="img" aria-label={tr('chart', { metric: metric.label })}>
          {shares.map((share, i) => { const start = from; from += share; return <circle key={i} class={`part-${i}`} cx="21" cy="21" r="15.9155" pathLength="100" stroke-dasharray={`${Math.max(0, share * 100 - 0.5)} 100`} stroke-dashoffset={-start * 100} /> })}
        </svg>
        <ul class="report-legend">
          {shown.map((row, i) => <li key={i}><i class={`part-${i}`} aria-hidden="true" /><span>{nameOf(answer, row)}</span><span class="report-step-figure"><Figure {...{ answer, parameters, metric, row }} position={at} plain /></span><small>{shareText(shares[i]!)}</small></li>)}
          {rest.length > 0 && <li><i class={`part-${PARTS - 1}`} aria-hidden="true" /><span>{tr('others')}</span><span /><small>{shareText(shares[PARTS - 1]!)}</small></li>}
        </ul>
      </div>
    </figure>
  )
}

const shareText = (share: number): string => changeText(share).replace(/^\+/, '')

/** One bar for each row, parted by the last dimension. */
function Stack({ answer, metric, at }: Drawing) {
  const last = answer.dimensions.length - 1
  const lines = new Map<string, { name: string; parts: Map<string, Row>; sum: number }>()
  const columns = new Map<string, { name: string; sum: number }>()
  for (const row of answer.rows) {
    const id = JSON.stringify(row.keys.slice(0, last).map((key) => key.value)), part = JSON.stringify(row.keys[last]!.value), value = numberOf(row.values[at])
    if (value < 0) return null
    const line = lines.get(id) ?? { name: row.keys.slice(0, last).map((key, i) => keyText(answer.dimensions[i], key)).join(', '), parts: new Map<string, Row>(), sum: 0 }
    line.parts.set(part, row)
    line.sum += value
    lines.set(id, line)
    columns.set(part, { name: keyText(answer.dimensions[last], row.keys[last]!), sum: (columns.get(part)?.sum ?? 0) + value })
  }
  const most = Math.max(...[...lines.values()].map((line) => line.sum))
  if (most <= 0 || columns.size > 24) return null
  const order = [...columns].sort(([, a], [, b]) => b.sum - a.sum).map(([id]) => id)
  const part = (id: string): number => Math.min(order.indexOf(id), PARTS - 1)
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}</figcaption>
      <ul class="report-funnel" aria-label={tr('chart', { metric: metric.label })}>
        {[...lines].map(([id, line]) => <li key={id} class="report-step">
          <span class="report-step-name" title={line.name}>{line.name}</span>
          <span class="report-step-bar report-stack">{[...columns.keys()].map((column) => { const row = line.parts.get(column); return row && <span key={column} class={`part-${part(column)}`} title={`${line.name}, ${columns.get(column)!.name}: ${figureText(metric, row.values[at])}`} style={{ width: `${((numberOf(row.values[at]) / most) * 100).toFixed(2)}%` }} /> })}</span>
          <span class="report-step-figure">{sumText(answer, metric, at, line.sum)}</span>
        </li>)}
      </ul>
      <ul class="report-legend row">{order.slice(0, PARTS).map((id, i) => <li key={id}><i class={`part-${i}`} aria-hidden="true" /><span>{i === PARTS - 1 && columns.size > PARTS ? tr('others') : columns.get(id)!.name}</span></li>)}</ul>
    </figure>
  )
}

/** A sum in the money of its parts. */
function sumText(answer: Answer, metric: Metric, at: number, sum: number): string {
  const money = answer.rows.flatMap((row) => row.values[at]).find((figure) => typeof figure === 'object' && figure !== null) as Money | undefined
  return figureText(metric, money ? { ...money, amount: sum.toFixed(money.amount.split('.')[1]?.length ?? 0) } : sum)
}

/** Half a ring up to what is good, or to the whole of a share. */
function Gauge({ answer, parameters, metric, at }: Drawing) {
  const figure = answer.total.values[at]
  const value = numberOf(figure)
  const good = spanOf(answer.report.colors?.[metric.name])?.good
  const most = metric.unit === 'percent' ? Math.max(1, good ?? 0) : good ?? numberOf(answer.total.previous?.[at])
  if (!(most > 0)) return null
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}<span class="report-top">{sumText(answer, metric, at, most)}</span></figcaption>
      <div class="report-gauge">
        <svg viewBox="0 0 100 56" role="img" aria-label={`${metric.label}: ${figureText(metric, figure)}`}>
          <path class="report-rail" d="M8 50a42 42 0 0 1 84 0" pathLength="100" />
          <path class="report-fill" d="M8 50a42 42 0 0 1 84 0" pathLength="100" stroke-dasharray={`${Math.min(100, Math.max(0, (value / most) * 100))} 200`} />
        </svg>
        <strong><Figure {...{ answer, parameters, metric }} row={{ ...answer.total, keys: [] }} position={at} plain /></strong>
      </div>
    </figure>
  )
}

/** Upright over time or names: bars, or a line. */
function Upright({ answer, metric, at, line }: Drawing & { line: boolean }) {
  const [dimension] = answer.dimensions
  const top = Math.max(...answer.rows.flatMap((row) => [numberOf(row.values[at]), numberOf(row.previous?.[at])]), 0)
  if (top <= 0 || !dimension) return null
  const height = (value: number): number => Math.max(0, (value / top) * HEIGHT)
  const every = Math.ceil(answer.rows.length / 12)
  const points = (values: Row['values'][]): string => values.map((found, i) => `${i * STEP + STEP / 2},${(HEIGHT - height(numberOf(found[at]))).toFixed(1)}`).join(' ')
  const told = (row: Row): string => {
    const change = answer.previous ? changeOf(row.values[at], row.previous?.[at]) : null
    return `${keyText(dimension, row.keys[0]!)}: ${figureText(metric, row.values[at])}${change ? ` (${changeText(change)})` : ''}`
  }
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}<span class="report-top">{sumText(answer, metric, at, top)}</span></figcaption>
      <svg class="report-upright" viewBox={`0 0 ${answer.rows.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={tr('chart', { metric: metric.label })}>
        {line && answer.previous && <polyline class="report-line report-was" points={points(answer.rows.map((row) => row.previous ?? []))} />}
        {line && <polyline class="report-line report-is" points={points(answer.rows.map((row) => row.values))} />}
        {answer.rows.map((row, i) => {
          const before = height(numberOf(row.previous?.[at])), now = height(numberOf(row.values[at]))
          if (line) return <rect key={i} class="report-hit" x={i * STEP} width={STEP} y={0} height={HEIGHT}><title>{told(row)}</title></rect>
          return <g key={i}>
            {answer.previous && <rect class="report-was" x={i * STEP + 10} width={STEP - 20} y={HEIGHT - before} height={before} />}
            <rect class="report-is" x={i * STEP + (answer.previous ? 26 : 14)} width={STEP - (answer.previous ? 52 : 28)} y={HEIGHT - now} height={now}><title>{told(row)}</title></rect>
          </g>
        })}
      </svg>
      <div class="report-axis" aria-hidden="true">{answer.rows.map((row, i) => <span key={i} data-minor={i % (every * 3) !== 0 || undefined}>{i % every === 0 ? axisText(dimension, row.keys[0]!) : ''}</span>)}</div>
    </figure>
  )
}
