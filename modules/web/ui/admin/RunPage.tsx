// One run of a script: what set it off, what came of it, line by line, and what it cost. A failed one runs
// again, what one wrote is taken back, its script is stopped.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { get, request } from '../data/api'
import { entity as findEntity } from '../data/session'
import type { Reference } from '../data/types'
import { say, sayProblem, undo } from '../data/undo'
import { causeText, scriptName } from '../format/causes'
import { actorName, formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import { language, t, type MessageKey } from '../locale/i18n'
import { outcomeTints, ownerOf, type Effect, type FullRun, type Handler } from './runFacts'
import { StopScript } from './Runs'
import { ta, type AdminKey } from './texts'

export function milliseconds(us: number): string {
  return ta('milliseconds', { value: new Intl.NumberFormat(language.value, { maximumFractionDigits: us < 10000 ? 2 : 0 }).format(us / 1000) })
}
function megabytes(bytes: number): string {
  return ta('megabytes', { value: new Intl.NumberFormat(language.value, { maximumFractionDigits: 2 }).format(bytes / 1048576) })
}

export function worded(value: unknown): string {
  if (value === null || value === undefined) return '—'
  if (typeof value !== 'object') return String(value)
  const { title, amount, currency } = value as { title?: string; amount?: string; currency?: string }
  return title ?? (amount !== undefined ? `${amount} ${currency ?? ''}`.trim() : JSON.stringify(value))
}

function EffectRow({ effect }: { effect: Effect }) {
  const of = effect.entity ? findEntity(effect.entity) : undefined
  const detail = Object.entries((effect.detail as Record<string, unknown> | null) ?? {})
  return (
    <tr>
      <td>{['create', 'update', 'delete', 'restore', 'purge'].includes(effect.verb) ? t(`op_${effect.verb}` as MessageKey) : effect.verb}</td>
      <td>{of && effect.id && effect.id !== '0' ? <Link href={`/${of.name}/${effect.id}`}>{of.label}</Link> : of?.label ?? effect.entity}</td>
      <td>{detail.map(([name, value]) => <div key={name}>{of?.fields.find((field) => field.name === name)?.label ?? name}: {worded(value)}</div>)}</td>
      <td class="nowrap"><code>{effect.at}</code></td>
    </tr>
  )
}

export function RunPage({ id }: { id: string }) {
  const [run, setRun] = useState<FullRun | null>(null)
  const [who, setWho] = useState<Reference | null>(null)
  const [handlers, setHandlers] = useState<Handler[]>([])
  const [problem, setProblem] = useState<unknown>(null)
  const load = async (): Promise<void> => {
    try {
      const found = await get<FullRun>(`runs/${id}`)
      setRun(found)
      setHandlers((await get<{ handlers: Handler[] }>('scripts')).handlers)
      if (found.actor) setWho(await get<{ id: string; name?: string }>(`records/user/${found.actor}`, { fields: 'name' }).then((user) => ({ id: user.id, title: user.name ?? '' }), () => null))
    } catch (error) { setProblem(error) }
  }
  useEffect(() => { void load() }, [id])
  if (problem !== null) return <ErrorCard error={problem} retry={() => { setProblem(null); void load() }} />
  if (!run) return null
  const owner = ownerOf(run.script, handlers)
  const mayResume = run.outcome !== 'ok' && run.job !== null && run.job_state !== 'done' && run.job_state !== 'running'
  const resume = (): void => { request('POST', `runs/${id}/resume`).then(() => { say(ta('run_resumed')); return load() }, sayProblem) }
  const facts: [AdminKey, preact.ComponentChildren][] = [
    ['outcome', <Tag text={ta(`outcome_${run.outcome}`)} color={outcomeTints[run.outcome]} />],
    ['cause', causeText(run.cause) || '—'],
    ['when', formatTime(run.started_at)],
    ['who', actorName(who)],
    ['version', <code>{run.version ?? '—'}</code>],
    ['took', ta('took_text', { cpu: milliseconds(run.cpu_us), wall: milliseconds(run.wall_us) })],
    ['memory', megabytes(run.memory_bytes)],
    ['work_done', ta('work_done_text', { rows: run.rows, calls: run.calls })],
    ...(run.job ? [['job', run.job_state ? ta(`job_state_${run.job_state}` as AdminKey) : ta('job_gone')] as [AdminKey, string]] : []),
  ]
  return (
    <>
      <div class="run-head"><Link href={`/admin/runs?script=${encodeURIComponent(run.script)}`}>{scriptName(run.script)}</Link><span class="grow" />
        {mayResume && <Button look="primary" onClick={resume}>{ta('resume')}</Button>}
        {run.changeset && <Button onClick={() => void undo({ id: 0, text: '', changeset: run.changeset })}>{ta('take_back')}</Button>}
        {owner && <StopScript owner={owner} stopped={handlers.some((item) => item.script === owner && item.stopped)} onDone={() => void load()} />}
      </div>
      {run.message && <p class="run-error">{run.message}</p>}
      <dl class="run-facts">{facts.map(([name, value]) => <div key={name}><dt>{ta(name)}</dt><dd>{value}</dd></div>)}</dl>
      <h2>{ta('effects')}</h2>
      {run.effects.length === 0 ? <p class="hint">{ta('effects_none')}</p> : (
        <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('effects')}>
          <table class="grid-rows">
            <thead><tr><th scope="col">{ta('what_done')}</th><th scope="col">{ta('entity')}</th><th scope="col">{ta('values')}</th><th scope="col">{ta('line')}</th></tr></thead>
            <tbody>{run.effects.map((effect, index) => <EffectRow key={index} effect={effect} />)}</tbody>
          </table>
        </div>
      )}
    </>
  )
}
