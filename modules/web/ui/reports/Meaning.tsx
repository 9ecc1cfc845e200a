// What was left out, and what the words of a report mean.
import { Link } from 'wouter-preact'
import { entity } from '../data/session'
import { tr } from './texts'
import { listPath, type Answer, type Metric } from './wire'

export function Meaning({ answer }: { answer: Answer }) {
  return (
    <>
      {answer.left_out.length > 0 && (
        <section class="report-left" aria-labelledby="report-left">
          <h2 id="report-left">{tr('left_out')}</h2>
          <ul>{answer.left_out.map((one) => <li key={`${one.reason} ${one.metric}`}><Link href={listPath(one.entity, one.where)}>{tr(`left_${one.reason}`, { n: one.count, label: one.label })}</Link></li>)}</ul>
        </section>
      )}
      <details class="report-meaning">
        <summary>{tr('meaning')}</summary>
        <dl>{answer.metrics.map((metric) => <div key={metric.name}><dt>{metric.label}</dt><dd>{metric.note && <p>{metric.note}</p>}<p class="report-definition">{definition(metric)}{metric.owner && ` · ${tr('kept_by', { owner: metric.owner })}`}</p></dd></div>)}</dl>
      </details>
    </>
  )
}

function definition({ definition: { of, measure, where, on, formula } }: Metric): string {
  if (formula) return formula
  const parts = [tr('counts', { measure: measure ?? '', of: entity(of ?? '')?.label_plural ?? of ?? '' })]
  if (where) parts.push(tr('counts_where', { where }))
  if (on) parts.push(tr('counts_on', { on }))
  return parts.join(', ')
}
