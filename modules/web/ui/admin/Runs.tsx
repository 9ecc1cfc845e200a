// What scripts did: each run with its outcome and cost, newest first; by script, outcome and day, which the
// address holds. A script is stopped and started here.
import { useEffect, useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { get, request } from '../data/api'
import { offerTakingBack, sayProblem } from '../data/undo'
import { scriptName } from '../format/causes'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import { t } from '../locale/i18n'
import { moment } from './moments'
import { outcomes, ownerOf, type Disabled, type Handler, type Run } from './runFacts'
import { RunTable } from './RunTable'
import { ta } from './texts'

interface Listing { records: Run[]; next: string | null }
const FILTERS = ['script', 'outcome', 'since', 'until', 'changeset'] as const

export function Runs() {
  const [parameters, setParameters] = useSearchParams()
  const [runs, setRuns] = useState<Run[] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [handlers, setHandlers] = useState<Handler[]>([])
  const of = (name: (typeof FILTERS)[number]): string => parameters.get(name) ?? ''
  const set = (name: (typeof FILTERS)[number], value: string): void => setParameters((old) => { if (value) old.set(name, value); else old.delete(name); return old }, { replace: true })
  const load = async (after?: string): Promise<void> => {
    try {
      const page = await get<Listing>('runs', { script: of('script'), outcome: of('outcome'), changeset: of('changeset'), since: moment(of('since'), 0), until: moment(of('until'), 1), limit: 100, after })
      setRuns((old) => (after ? [...(old ?? []), ...page.records] : page.records))
      setNext(page.next)
      setProblem(null)
    } catch (error) { setProblem(error) }
  }
  const loadHandlers = (): void => { get<{ handlers: Handler[] }>('scripts').then((answer) => setHandlers(answer.handlers), sayProblem) }
  useEffect(loadHandlers, [])
  useEffect(() => { void load() }, [parameters.toString()])
  const script = of('script')
  const owner = ownerOf(script, handlers)
  const disabled = handlers.find((item) => item.script === owner)?.disabled
  const isFiltered = FILTERS.some((name) => of(name))
  const owners = [...new Set(handlers.map((item) => item.script))]
  return (
    <>
      <p class="hint">{ta('runs_text')}</p>
      <div class="run-filters" role="search">
        <select class="input" aria-label={ta('script')} value={script} onChange={(event) => set('script', event.currentTarget.value)}>
          <option value="">{ta('scripts_all')}</option>
          {owners.map((name) => <option key={name} value={name}>{name}</option>)}
          {script && !owners.includes(script) && <option value={script}>{scriptName(script)}</option>}
        </select>
        <select class="input" aria-label={ta('outcome')} value={of('outcome')} onChange={(event) => set('outcome', event.currentTarget.value)}>
          <option value="">{ta('outcomes_all')}</option>
          {outcomes.map((name) => <option key={name} value={name}>{ta(`outcome_${name}`)}</option>)}
        </select>
        <label class="run-day"><span>{ta('from_day')}</span><input class="input" type="date" value={of('since')} onChange={(event) => set('since', event.currentTarget.value)} /></label>
        <label class="run-day"><span>{ta('until_day')}</span><input class="input" type="date" value={of('until')} onChange={(event) => set('until', event.currentTarget.value)} /></label>
        {isFiltered && <Button look="quiet" onClick={() => setParameters({}, { replace: true })}>{t('filter_clear')}</Button>}
        <span class="grow" />
        {owner && <StopScript owner={owner} stopped={handlers.some((item) => item.script === owner && item.stopped)} onDone={loadHandlers} />}
      </div>
      {disabled && <WhyDisabled why={disabled} />}
      {problem !== null && <ErrorCard error={problem} retry={() => void load()} />}
      {runs?.length === 0 && <Empty icon="history" text={ta(isFiltered ? 'runs_none_such' : 'runs_none')} />}
      {runs && runs.length > 0 && <RunTable runs={runs} />}
      {next && <div><Button onClick={() => void load(next)}>{ta('older')}</Button></div>}
    </>
  )
}

/** Said where it can be let run again. */
export function WhyDisabled({ why }: { why: Disabled }) {
  return <p class="run-error" role="alert">{ta(why.outcome === 'time' || why.outcome === 'memory' ? `disabled_${why.outcome}` : 'disabled_crash', { at: formatTime(why.at) })} <Link href={`/admin/runs/${why.run}`}>{ta('disabled_run')}</Link></p>
}

/** Both ways at once: what is stopped is started by the toast, too. `bare`: how it stands is said beside it. */
export function StopScript({ owner, stopped, bare, onDone }: { owner: string; stopped: boolean; bare?: boolean; onDone: () => void }) {
  const steer = async (verb: 'stop' | 'start'): Promise<void> => {
    await request('POST', `scripts/${verb}`, { body: { script: owner } })
    onDone()
  }
  const go = (): void => {
    steer(stopped ? 'start' : 'stop').then(() => offerTakingBack(ta(stopped ? 'script_started' : 'script_stopped', { script: owner }), () => steer(stopped ? 'stop' : 'start')), sayProblem)
  }
  return <>{!bare && <Tag text={ta(stopped ? 'state_stopped' : 'state_runs')} color={stopped ? 'amber' : 'green'} />}<Button onClick={go}>{ta(stopped ? 'start_script' : 'stop_script')}</Button></>
}
