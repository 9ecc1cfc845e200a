// What a script did last; the whole list is a page of its own.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { RunTable } from '../admin/RunTable'
import type { Run } from '../admin/runFacts'
import { get } from '../data/api'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { te } from './texts'

const SHOWN = 20

export function ScriptRuns({ script }: { script: string }) {
  const [runs, setRuns] = useState<Run[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { get<{ records: Run[] }>('runs', { script, limit: SHOWN }).then((page) => { setRuns(page.records); setProblem(null) }, setProblem) }
  useEffect(load, [script])
  if (problem !== null) return <ErrorCard error={problem} retry={load} />
  if (!runs) return null
  return (
    <>
      {runs.length === 0 ? <Empty icon="history" text={te('runs_none')} /> : <RunTable runs={runs} />}
      <p><Link href={`/admin/runs?script=${encodeURIComponent(script)}`}>{te('runs_all')}</Link></p>
    </>
  )
}
