// Runs of scripts as rows: when, whose, what came of it and what it cost.
import { Link } from 'wouter-preact'
import { causeText, hearsText } from '../format/causes'
import { formatTime } from '../format/format'
import { nameOf } from '../format/scripts'
import { Tag } from '../kit/Tag'
import { milliseconds } from './RunPage'
import { outcomeTints, type Run } from './runFacts'
import { ta } from './texts'

export function RunTable({ runs }: { runs: Run[] }) {
  return (
    <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('runs')}>
      <table class="grid-rows run-rows">
        <thead><tr><th scope="col">{ta('when')}</th><th scope="col">{ta('script')}</th><th scope="col">{ta('outcome')}</th><th scope="col" class="run-cause">{ta('cause')}</th><th scope="col" class="number">{ta('took')}</th></tr></thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td class="nowrap"><Link href={`/admin/runs/${run.id}`}>{formatTime(run.started_at)}</Link></td>
              <td>{nameOf(run.script).file}<div class="hint">{hearsText(nameOf(run.script).hears)}</div></td>
              <td><Tag text={ta(`outcome_${run.outcome}`)} color={outcomeTints[run.outcome]} />{run.message && <div class="hint run-message">{run.message}</div>}</td>
              <td class="run-cause">{causeText(run.cause)}</td>
              <td class="number">{milliseconds(run.cpu_us)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
