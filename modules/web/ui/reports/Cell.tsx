// A figure in its place: a button that opens its records, what it was before, and its colour, which a sign
// says too.
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { sayProblem } from '../data/undo'
import { changeOf, changeText, figureText, isFlagged, keyText, levelOf, type Level } from './figures'
import { tr } from './texts'
import { openFigure, type Answer, type Key, type Metric, type Parameters, type Row } from './wire'

const signs: Record<Level, string> = { good: '▲', fair: '◆', bad: '▼' }

export interface CellProps { answer: Answer; parameters: Parameters; row: Row; position: number; share?: number; heat?: number; plain?: boolean; mark?: 'first' | 'end' | undefined }

/** `share`: of the longest bar; `heat`: of the largest figure; `plain`: without what was before; `mark`: begins a group of columns, or is a total. */
export function Cell({ answer, parameters, row, position, share = 0, heat = 0, plain, mark }: CellProps) {
  const metric = answer.metrics[position]!
  const style: Record<string, string> = { ...(share > 0 ? { '--share': `${(share * 100).toFixed(2)}%` } : {}), ...(heat > 0 ? { '--heat': `${(heat * 40).toFixed(1)}%` } : {}) }
  return (
    <td class="figure" style={style} data-bar={share > 0 || undefined} data-heat={heat > 0 || undefined} data-mark={mark}>
      <Figure {...{ answer, parameters, row, position, plain }} metric={metric} />
    </td>
  )
}

interface FigureProps { answer: Answer; parameters: Parameters; metric: Metric; row: Row; position: number; plain?: boolean | undefined }

export function Figure({ answer, parameters, metric, row, position, plain }: FigureProps) {
  const figure = row.values[position]
  const before = row.previous?.[position]
  const change = answer.previous ? changeOf(figure, before) : null
  const flagged = isFlagged(metric, figure)
  const level = levelOf(answer.report.colors?.[metric.name], figure)
  return (
    <>
      {flagged && <span class="report-level" data-level="flag" title={tr('flagged')} role="img" aria-label={tr('flagged')}>⚑</span>}
      {level && <span class="report-level" data-level={level} title={tr(`level_${level}`)} role="img" aria-label={tr(`level_${level}`)}>{signs[level]}</span>}
      <Opener {...{ answer, parameters, metric }} keys={row.keys} text={figureText(metric, figure)} previous={false} />
      {answer.previous && !plain && <small class="report-before">
        <Opener {...{ answer, parameters, metric }} keys={row.keys} text={figureText(metric, before)} previous />
        {change !== null && change !== 0 && <span>{changeText(change)}</span>}
      </small>}
    </>
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
