// What a report comes to, drawn and laid out as it says or the reader chose.
import { Chart } from './Chart'
import { FigureTable, type BodyProps } from './FigureTable'
import { FigureCards, TransposedTable } from './OtherForms'
import { PivotTable } from './PivotTable'
import { tr } from './texts'
import { formOf, type Form } from './wire'

const layouts: Record<Form, (props: BodyProps) => preact.JSX.Element> = { table: FigureTable, pivot: PivotTable, transposed: TransposedTable, cards: FigureCards }

export function ReportBody(props: BodyProps) {
  const { answer, parameters } = props
  const form = formOf(answer, parameters)
  const Layout = layouts[form]
  if (answer.dimensions.length > 0 && answer.rows.length === 0) return <p class="report-none">{tr('empty')}</p>
  return (
    <>
      <Chart answer={answer} parameters={parameters} />
      {form === 'cards' ? <Layout {...props} /> : <div class="report-scroll" tabIndex={0} role="region" aria-label={answer.report.label}><Layout {...props} /></div>}
      {answer.others && (form === 'cards' || form === 'transposed') && <p class="hint">{tr('others_hint')}</p>}
      {answer.truncated && <p class="report-none">{tr('truncated')}</p>}
    </>
  )
}
