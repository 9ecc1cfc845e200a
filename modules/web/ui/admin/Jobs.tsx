// What the server does in the background: how far it has come; cancelled or tried again.
import { request } from '../data/api'
import type { Job } from '../data/jobs'
import { sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { language } from '../locale/i18n'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { Tag } from '../kit/Tag'
import { usePages } from './pages'
import { called, ta } from './texts'

type Listed = Job & { kind: string; created_at: string; finished_at: string | null }
const EVERY_MS = 2000
const tints: Record<Job['state'], string> = { queued: '', running: 'blue', done: 'green', failed: 'red', cancelled: 'amber' }

function told(progress: Record<string, unknown> | null): string {
  return Object.entries(progress ?? {}).filter(([, value]) => typeof value === 'number' || typeof value === 'string').map(([name, value]) => `${called('job_fact', name)} ${typeof value === 'number' ? new Intl.NumberFormat(language.value).format(value) : value}`).slice(0, 4).join(' · ')
}

/** Regular work that ended well and has nothing to tell is one line, however often it ran in a row. */
function together(jobs: Listed[]): { job: Listed; times: number }[] {
  const lines: { job: Listed; times: number }[] = []
  for (const job of jobs) {
    const last = lines[lines.length - 1]
    if (last && last.job.kind === job.kind && job.state === 'done' && last.job.state === 'done' && !told(job.progress) && !told(last.job.progress)) last.times++
    else lines.push({ job, times: 1 })
  }
  return lines
}

export function Jobs() {
  const { items: jobs, load, older } = usePages<Listed>('jobs', {}, EVERY_MS)
  const steer = (method: string, path: string): void => { request(method, path).then(load, sayProblem) }
  if (!jobs) return null
  if (jobs.length === 0) return <Empty icon="inbox" text={ta('jobs_none')} />
  return (
    <>
      <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('jobs')}>
        <table class="grid-rows stacks">
          <thead><tr><th scope="col">{ta('kind_field')}</th><th scope="col">{ta('state')}</th><th scope="col">{ta('when')}</th><th scope="col">{ta('what_done')}</th></tr></thead>
          <tbody>
            {together(jobs).map(({ job, times }) => (
              <tr key={job.id}>
                <td>{called('job_kind', job.kind)}{times > 1 && <span class="hint"> × {times}</span>}</td>
                <td><Tag text={ta(`job_state_${job.state}`)} color={tints[job.state]} /></td>
                <td class="nowrap">{formatTime(job.created_at)}</td>
                <td><div class="job-told">{job.error ?? told(job.progress)}
                  {(job.state === 'queued' || job.state === 'running') && <Button look="quiet" onClick={() => steer('DELETE', `jobs/${job.id}`)}>{ta('cancel_job')}</Button>}
                  {(job.state === 'failed' || job.state === 'cancelled') && <Button look="quiet" onClick={() => steer('POST', `jobs/${job.id}/retry`)}>{ta('retry_job')}</Button>}</div></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {older && <div><Button onClick={() => void older()}>{ta('older')}</Button></div>}
    </>
  )
}
