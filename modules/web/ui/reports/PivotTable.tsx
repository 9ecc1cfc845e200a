// Rows against columns, with what is counted of each alone at the ends; a heat map is the same, tinted.
import { Cell } from './Cell'
import { keyText, numberOf } from './figures'
import { KeyName, type BodyProps } from './FigureTable'
import { tr } from './texts'
import type { Key, Row } from './wire'

const idOf = (keys: Key[]): string => JSON.stringify(keys.map((key) => key.value))
const any: Key = { value: null, any: true }

/** Each part of the keys once, in the order of their first row. */
function parts(rows: Row[], from: number, until?: number): Row[] {
  const found = new Map<string, Row>()
  for (const row of rows) {
    const keys = row.keys.slice(from, until)
    if (!found.has(idOf(keys))) found.set(idOf(keys), { keys, values: [] })
  }
  return [...found.values()]
}

export function PivotTable({ answer, parameters, onChoose }: BodyProps) {
  const { metrics, dimensions, report } = answer
  const split = report.rows.length
  const down = answer.subtotals?.rows ?? parts(answer.rows, 0, split)
  const across = answer.subtotals?.columns ?? parts(answer.rows, split)
  const at = new Map(answer.rows.map((row) => [idOf(row.keys), row]))
  const most = metrics.map((_, i) => Math.max(0, ...answer.rows.map((row) => numberOf(row.values[i]))))
  const heat = (row: Row | undefined, i: number): number => (report.chart === 'heat' && row && most[i]! > 0 ? Math.max(0, numberOf(row.values[i]) / most[i]!) : 0)
  const nothing = metrics.map(() => null)
  const open = (count: number): Key[] => Array.from({ length: count }, () => any)
  const columnName = (column: Row): string => column.keys.map((key, i) => keyText(dimensions[split + i], key)).join(', ')
  const several = metrics.length > 1
  return (
    <table class="report-table pivot" data-heat={report.chart === 'heat' || undefined}>
      <thead>
        <tr>
          {report.numbers && <th scope="col" class="figure report-number" rowSpan={several ? 2 : 1}>{tr('number')}</th>}
          {dimensions.slice(0, split).map((dimension) => <th key={dimension.name} scope="col" rowSpan={several ? 2 : 1}>{dimension.label}</th>)}
          {across.map((column) => <th key={idOf(column.keys)} scope="colgroup" class="group" colSpan={metrics.length}>{columnName(column)}</th>)}
          <th scope="colgroup" class="group end" colSpan={metrics.length}>{tr('total')}</th>
        </tr>
        {several && <tr>{[...across, null].flatMap((column) => metrics.map((metric, i) => <th key={`${column ? idOf(column.keys) : ''}/${metric.name}`} scope="col" class={column ? 'figure' : 'figure end'} data-mark={i === 0 ? 'first' : undefined} title={metric.note}>{metric.label}</th>))}</tr>}
      </thead>
      <tbody>
        {down.map((line, number) => (
          <tr key={idOf(line.keys)}>
            {report.numbers && <td class="figure report-number">{number + 1}</td>}
            {line.keys.map((key, i) => (i === 0
              ? <th key={i} scope="row" data-none={key.value === null || undefined}><KeyName {...{ answer, parameters, onChoose }} value={key} position={i} /></th>
              : <td key={i}><KeyName {...{ answer, parameters, onChoose }} value={key} position={i} /></td>))}
            {across.flatMap((column) => {
              const keys = [...line.keys, ...column.keys]
              const row = at.get(idOf(keys))
              return metrics.map((metric, i) => <Cell key={`${idOf(column.keys)}/${metric.name}`} {...{ answer, parameters }} row={row ?? { keys, values: nothing }} position={i} heat={heat(row, i)} plain mark={i === 0 ? 'first' : undefined} />)
            })}
            {metrics.map((metric, i) => <Cell key={metric.name} {...{ answer, parameters }} row={{ ...line, keys: [...line.keys, ...open(dimensions.length - split)] }} position={i} plain mark="end" />)}
          </tr>
        ))}
      </tbody>
      <tfoot><tr>
        <th scope="row" colSpan={split + (report.numbers ? 1 : 0)}>{tr('total')}</th>
        {across.flatMap((column) => metrics.map((metric, i) => <Cell key={`${idOf(column.keys)}/${metric.name}`} {...{ answer, parameters }} row={{ ...column, keys: [...open(split), ...column.keys] }} position={i} plain mark={i === 0 ? 'first' : undefined} />))}
        {metrics.map((metric, i) => <Cell key={metric.name} {...{ answer, parameters }} row={{ ...answer.total, keys: [] }} position={i} plain mark="end" />)}
      </tr></tfoot>
    </table>
  )
}
