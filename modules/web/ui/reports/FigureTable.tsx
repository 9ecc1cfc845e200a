// The table of a report: a row's name narrows the report to it.
import { Cell } from './Cell'
import { figureText, keyText, numberOf } from './figures'
import { tr } from './texts'
import type { Answer, Key, Parameters } from './wire'

export interface BodyProps { answer: Answer; parameters: Parameters; onChoose: (next: Partial<Parameters>) => void }

export function FigureTable({ answer, parameters, onChoose }: BodyProps) {
  const { metrics, dimensions, rows, report } = answer
  const most = metrics.map((_, i) => Math.max(0, ...rows.map((row) => numberOf(row.values[i]))))
  const heat = report.chart === 'heat'
  const part = (i: number, figure: number): number => (most[i]! > 0 && figure > 0 ? figure / most[i]! : 0)
  const names = dimensions.length + (report.numbers ? 1 : 0)
  return (
    <table class="report-table">
      <thead><tr>
        {report.numbers && <th scope="col" class="figure report-number">{tr('number')}</th>}
        {dimensions.map((dimension) => <th key={dimension.name} scope="col">{dimension.label}</th>)}
        {metrics.map((metric) => <th key={metric.name} scope="col" class="figure" title={metric.note}>{metric.label}</th>)}
      </tr></thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={JSON.stringify(row.keys.map((key) => key.value))}>
            {report.numbers && <td class="figure report-number">{at + 1}</td>}
            {row.keys.map((key, i) => (i === 0
              ? <th key={i} scope="row" data-period={dimensions[i]?.period} data-none={key.value === null || undefined}><KeyName {...{ answer, parameters, onChoose }} value={key} position={i} /></th>
              : <td key={i}><KeyName {...{ answer, parameters, onChoose }} value={key} position={i} /></td>))}
            {metrics.map((metric, i) => <Cell key={metric.name} {...{ answer, parameters, row }} position={i} share={!heat && i === 0 ? part(i, numberOf(row.values[i])) : 0} heat={heat ? part(i, numberOf(row.values[i])) : 0} />)}
          </tr>
        ))}
        {answer.others && <tr><th scope="row" colSpan={names}>{tr('others')}</th>{metrics.map((metric, i) => <td key={metric.name} class="figure">{figureText(metric, answer.others?.values[i])}</td>)}</tr>}
      </tbody>
      <tfoot><tr>
        {names > 0 && <th scope="row" colSpan={names}>{tr('total')}</th>}
        {metrics.map((metric, i) => <Cell key={metric.name} {...{ answer, parameters }} row={{ ...answer.total, keys: [] }} position={i} />)}
      </tr></tfoot>
    </table>
  )
}

/** The name of a row, which narrows the report to it where that can be done. */
export function KeyName({ answer, parameters, onChoose, value, position }: BodyProps & { value: Key; position: number }) {
  const dimension = answer.dimensions[position]
  const text = keyText(dimension, value)
  const canNarrow = dimension && !parameters.definition && !dimension.period && !(dimension.name in parameters.filters) && answer.rows.length > 1
  return canNarrow ? <button type="button" class="report-key" title={tr('only_this', { row: text })} onClick={() => onChoose({ filters: { ...parameters.filters, [dimension.name]: [value] } })}>{text}</button> : <>{text}</>
}
