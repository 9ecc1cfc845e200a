// The versions of a script that were in force; each is read, and returned to with one press.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { get } from '../data/api'
import { offerTakingBack, sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import { addressOf } from './address'
import { te } from './texts'
import { post, type Version } from './wire'

const back = (script: string, version?: string): Promise<unknown> => post('back', { script, ...(version ? { version } : {}) })

/** The toast goes to what was in force before. */
export function ReturnButton({ script, version, onDone }: { script: string; version: string; onDone: () => void }) {
  const [busy, setBusy] = useState(false)
  const go = async (): Promise<void> => {
    setBusy(true)
    try {
      await back(script, version)
      offerTakingBack(te('returned', { version }), async () => { await back(script); onDone() })
      onDone()
    } catch (error) { sayProblem(error) }
    setBusy(false)
  }
  return <Button disabled={busy} onClick={() => void go()}>{te('return_to')}</Button>
}

export function History({ script, mayReturn, onReturned }: { script: string; mayReturn: boolean; onReturned: () => void }) {
  const [versions, setVersions] = useState<Version[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { get<{ versions: Version[] }>('scripts/versions', { script }).then((found) => { setVersions(found.versions); setProblem(null) }, setProblem) }
  useEffect(load, [script])
  if (problem !== null) return <ErrorCard error={problem} retry={load} />
  if (!versions) return null
  if (versions.length === 0) return <Empty icon="history" text={te('versions_none')} />
  return (
    <div class="scroll-box" tabIndex={0} role="region" aria-label={te('panel_history')}>
      <table class="grid-rows script-rows">
        <thead><tr><th scope="col">{te('version')}</th><th scope="col">{te('written')}</th><th scope="col">{te('actions')}</th></tr></thead>
        <tbody>
          {versions.map((item, index) => (
            <tr key={`${item.version}:${index}`}>
              <td><Link href={`${addressOf(script)}?version=${item.version}`}><code>{item.version}</code></Link> {item.in_force && <Tag text={te('in_force')} color="green" />}{item.note && <div class="hint">{item.note}</div>}</td>
              <td>{formatTime(item.at)}{item.who && <div class="hint">{item.who}</div>}</td>
              <td>{mayReturn && !item.in_force && <ReturnButton script={script} version={item.version} onDone={() => { load(); onReturned() }} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
