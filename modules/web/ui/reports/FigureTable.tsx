// The table of a report. A figure is a button that opens its records; a row's name narrows the report to it.
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { sayProblem } from '../data/undo'
import { changeOf, changeText, figureText, keyText, numberOf } from './figures'
import { tr } from './texts'
import { openFigure, type Answer, type Key, type Metric, type Parameters, type Row } from './wire'

interface FigureTableProps { answer: Answer; parameters: Parameters; onChoose: (next: Partial<Parameters>) => void }

export function FigureTable({ answer, parameters, onChoose }: FigureTableProps) {
  const { metrics, dimensions, rows } = answer
  const most = metrics.map((_, i) => Math.max(0, ...rows.map((row) => numberOf(row.values[i]))))
  if (dimensions.length > 0 && rows.length === 0) return <p class="report-none">{tr('empty')}</p>
  return (
    <div class="report-scroll" tabIndex={0} role="region" aria-label={answer.report.label}>
      <table class="report-table">
        <thead><tr>
          {dimensions.map((dimension) => <th key={dimension.name} scope="col">{dimension.label}</th>)}
          {metrics.map((metric) => <th key={metric.name} scope="col" class="figure" title={metric.note}>{metric.label}</th>)}
        </tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={JSON.stringify(row.keys.map((key) => key.value))}>
              {row.keys.map((key, i) => {
                const dimension = dimensions[i]
                const text = keyText(dimension, key)
                const canNarrow = dimension && !dimension.period && !(dimension.name in parameters.filters) && rows.length > 1
                const inside = canNarrow ? <button type="button" class="report-key" title={tr('only_this', { row: text })} onClick={() => onChoose({ filters: { ...parameters.filters, [dimension.name]: [key] } })}>{text}</button> : text
                return i === 0 ? <th key={i} scope="row" data-period={dimension?.period} data-none={key.value === null || undefined}>{inside}</th> : <td key={i}>{inside}</td>
              })}
              {metrics.map((metric, i) => <Cell key={metric.name} {...{ answer, parameters, metric, row }} position={i} share={most[i]! > 0 && i === 0 ? numberOf(row.values[i]) / most[i]! : 0} />)}
            </tr>
          ))}
          {answer.others && <tr><th scope="row" colSpan={dimensions.length}>{tr('others')}</th>{metrics.map((metric, i) => <td key={metric.name} class="figure">{figureText(metric, answer.others?.values[i])}</td>)}</tr>}
        </tbody>
        <tfoot><tr>
          {dimensions.length > 0 && <th scope="row" colSpan={dimensions.length}>{tr('total')}</th>}
          {metrics.map((metric, i) => <Cell key={metric.name} {...{ answer, parameters, metric }} row={{ ...answer.total, keys: [] }} position={i} share={0} />)}
        </tr></tfoot>
      </table>
      {answer.truncated && <p class="report-none">{tr('truncated')}</p>}
    </div>
  )
}

interface CellProps { answer: Answer; parameters: Parameters; metric: Metric; row: Row; position: number; share: number }

function Cell({ answer, parameters, metric, row, position, share }: CellProps) {
  const figure = row.values[position]
  const change = answer.previous ? changeOf(figure, row.previous?.[position]) : null
  return (
    <td class="figure" style={share > 0 ? { '--share': `${(share * 100).toFixed(2)}%` } : undefined} data-bar={share > 0 || undefined}>
      <Opener {...{ answer, parameters, metric, keys: row.keys }} text={figureText(metric, figure)} previous={false} />
      {answer.previous && <small class="report-before">
        <Opener {...{ answer, parameters, metric, keys: row.keys }} text={figureText(metric, row.previous?.[position])} previous />
        {change !== null && change !== 0 && <span>{changeText(change)}</span>}
      </small>}
    </td>
  )
}

interface OpenerProps { answer: Answer; parameters: Parameters; metric: Metric; keys: Key[]; text: string; previous: boolean }

function Opener({ answer, parameters, metric, keys, text, previous }: OpenerProps) {
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  /* A figure of the period before stands beside a row of this one: its own period is no key of it. */
  const moved = previous && answer.dimensions.some((dimension) => dimension.period)
  const row = keys.map((key, i) => keyText(answer.dimensions[i], key)).join(', ') || tr('total')
  if (metric.definition.formula) return <span title={tr('computed', { formula: metric.definition.formula })}>{text}</span>
  if (text === '–' || moved) return <span>{text}</span>
  const open = (): void => {
    setBusy(true)
    openFigure(answer.report.name, parameters, metric.name, keys, previous).then((path) => navigate(path)).catch(sayProblem).finally(() => setBusy(false))
  }
  return <button type="button" class="report-figure" disabled={busy} title={tr(previous ? 'open_before' : 'open_figure', { metric: metric.label, row })} onClick={open}>{text}</button>
}
