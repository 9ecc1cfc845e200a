// The first figure of a report as bars: over time upright with the period before behind, as a funnel by its
// steps; else the table's own bars are enough. The table says the same in words, so that a reader of the
// screen misses nothing.
import { axisText, figureText, keyText, numberOf } from './figures'
import { tr } from './texts'
import type { Money } from '../data/types'
import type { Answer } from './wire'

const HEIGHT = 160
const STEP = 100

export function Chart({ answer }: { answer: Answer }) {
  return answer.report.chart === 'none' ? null : answer.report.chart === 'funnel' ? <Funnel answer={answer} /> : <Bars answer={answer} />
}

/** Steps below one another, each as wide as its figure. */
function Funnel({ answer }: { answer: Answer }) {
  const [dimension] = answer.dimensions
  const [metric] = answer.metrics
  const most = Math.max(0, ...answer.rows.map((row) => numberOf(row.values[0])))
  if (!metric || !dimension || answer.dimensions.length !== 1 || answer.rows.length < 2 || most <= 0) return null
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}</figcaption>
      <div class="report-funnel" role="img" aria-label={tr('chart', { metric: metric.label })}>
        {answer.rows.map((row, i) => <div key={i} class="report-step">
          <span class="report-step-name">{keyText(dimension, row.keys[0]!)}</span>
          <span class="report-step-bar"><span style={{ width: `${Math.max(0.6, (numberOf(row.values[0]) / most) * 100).toFixed(2)}%` }} /></span>
          <span class="report-step-figure">{figureText(metric, row.values[0])}</span>
        </div>)}
      </div>
    </figure>
  )
}

function Bars({ answer }: { answer: Answer }) {
  const [dimension] = answer.dimensions
  const [metric] = answer.metrics
  if (!metric || !dimension?.period || answer.dimensions.length !== 1 || answer.rows.length < 2) return null
  const top = Math.max(...answer.rows.flatMap((row) => [numberOf(row.values[0]), numberOf(row.previous?.[0])]), 0)
  if (top <= 0) return null
  const money = answer.rows.flatMap((row) => row.values[0]).find((figure) => typeof figure === 'object' && figure !== null) as Money | undefined
  const height = (value: number): number => Math.max(0, (value / top) * HEIGHT)
  const every = Math.ceil(answer.rows.length / 12)
  return (
    <figure class="report-chart">
      <figcaption>{metric.label}<span class="report-top">{figureText(metric, money ? { ...money, amount: top.toFixed(money.amount.split('.')[1]?.length ?? 0) } : top)}</span></figcaption>
      <svg viewBox={`0 0 ${answer.rows.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={tr('chart', { metric: metric.label })}>
        {answer.rows.map((row, i) => {
          const before = height(numberOf(row.previous?.[0])), now = height(numberOf(row.values[0]))
          return <g key={i}>
            {answer.previous && <rect class="report-was" x={i * STEP + 10} width={STEP - 20} y={HEIGHT - before} height={before} />}
            <rect class="report-is" x={i * STEP + (answer.previous ? 26 : 14)} width={STEP - (answer.previous ? 52 : 28)} y={HEIGHT - now} height={now}><title>{`${keyText(dimension, row.keys[0]!)}: ${figureText(metric, row.values[0])}`}</title></rect>
          </g>
        })}
      </svg>
      <div class="report-axis" aria-hidden="true">{answer.rows.map((row, i) => <span key={i} data-minor={i % (every * 3) !== 0 || undefined}>{i % every === 0 ? axisText(dimension, row.keys[0]!) : ''}</span>)}</div>
    </figure>
  )
}
