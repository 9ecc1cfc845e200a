// The same rows turned round, figures down and rows across, and as cards.
import { Cell, Figure } from './Cell'
import { keyText } from './figures'
import type { BodyProps } from './FigureTable'
import { tr } from './texts'
import type { Answer, Row } from './wire'

const nameOf = (answer: Answer, row: Row): string => row.keys.map((key, i) => keyText(answer.dimensions[i], key)).join(', ') || tr('total')
const idOf = (row: Row): string => JSON.stringify(row.keys.map((key) => key.value))
/* The others behind a limit open into nothing: they have no key of their own. */
const shown = ({ rows }: Answer): Row[] => rows

export function TransposedTable({ answer, parameters }: BodyProps) {
  const total: Row = { ...answer.total, keys: [] }
  const columns = answer.dimensions.length > 0 ? [...shown(answer), total] : [total]
  return (
    <table class="report-table">
      <thead>
        <tr><th scope="col">{answer.dimensions.map((dimension) => dimension.label).join(', ')}</th>
          {columns.map((row, at) => <th key={idOf(row)} scope="col" class="figure">{answer.report.numbers && row !== total ? `${at + 1}. ` : ''}{nameOf(answer, row)}</th>)}</tr>
      </thead>
      <tbody>
        {answer.metrics.map((metric, i) => (
          <tr key={metric.name}><th scope="row" title={metric.note}>{metric.label}</th>{columns.map((row) => <Cell key={idOf(row)} {...{ answer, parameters, row }} position={i} />)}</tr>
        ))}
      </tbody>
    </table>
  )
}

export function FigureCards({ answer, parameters }: BodyProps) {
  const total: Row = { ...answer.total, keys: [] }
  const cards = answer.dimensions.length > 0 ? [...shown(answer), total] : [total]
  return (
    <ul class="figure-cards">
      {cards.map((row, at) => (
        <li key={idOf(row)} class="figure-card" data-total={row === total || undefined}>
          <h2>{answer.report.numbers && row !== total ? `${at + 1}. ` : ''}{nameOf(answer, row)}</h2>
          <dl>{answer.metrics.map((metric, i) => <div key={metric.name}><dt title={metric.note}>{metric.label}</dt><dd><Figure {...{ answer, parameters, metric, row }} position={i} /></dd></div>)}</dl>
        </li>
      ))}
    </ul>
  )
}
