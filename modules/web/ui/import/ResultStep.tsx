// How far the import has come, what it did, and taking it back as a whole.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { Download } from 'lucide-preact'
import { sayProblem, undo } from '../data/undo'
import type { Entity } from '../data/types'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { Figures, Reasons } from './Reasons'
import { ti } from './texts'
import { isOver, remember } from './Underway'
import { look, stop, type ImportState } from './wire'

const EVERY_MS = 400

export function ResultStep({ entity, id, onAgain }: { entity: Entity; id: string; onAgain: () => void }) {
  const [state, setState] = useState<ImportState | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [undone, setUndone] = useState(false)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    let over = false
    const ask = (): void => {
      look(id).then((next) => {
        if (over) return
        setState(next)
        if (isOver(next)) remember(entity.name, null)
        if (next.state === 'running' || next.state === 'waiting') timer = setTimeout(ask, EVERY_MS)
      }, (error: unknown) => { if (!over) setProblem(error) })
    }
    ask()
    return () => { over = true; clearTimeout(timer) }
  }, [id])
  if (problem !== null) return <ErrorCard error={problem} />
  if (!state) return <p class="hint" role="status">{t('loading')}…</p>
  if (state.state === 'running' || state.state === 'waiting') return <Running state={state} />
  return (
    <div class="import-check" role="status">
      {state.state === 'failed' && <p class="field-error"><strong>{ti('failed')}:</strong> {state.error}</p>}
      {undone ? <p>{ti('undone')}</p> : <Figures items={[[ti('created_done', { count: state.created }), state.created], [ti('updated_done', { count: state.updated }), state.updated], [ti('skipped', { count: state.skipped }), state.skipped]]} />}
      {state.rejected > 0 && !undone && (
        <section>
          <div class="section-head"><h2>{ti('rejected_done', { count: state.rejected })}</h2><a class="button quiet" href={`/api/v1/imports/${id}/rejects`} download="rejected.csv"><Download size={14} aria-hidden="true" />{ti('download_rejected')}</a></div>
          <Reasons entity={entity} reasons={state.reasons} count={state.rejected} />
        </section>
      )}
      <div class="form-actions">
        <Link class="button primary" href={`/${entity.name}`}>{ti('records_show')}</Link>
        <Button onClick={onAgain}>{ti('again')}</Button>
        {state.changeset && !undone && <Button look="danger" onClick={() => void undo({ id: 0, text: '', changeset: state.changeset, onUndone: () => setUndone(true) })}>{state.state === 'failed' ? ti('stopped_undo') : ti('undo_all')}</Button>}
      </div>
    </div>
  )
}

function Running({ state }: { state: ImportState }) {
  const done = state.progress && state.bytes ? Math.min(1, state.progress.bytes_done / state.bytes) : 0
  return (
    <div class="import-check" role="status">
      <p>{state.progress ? ti('running') : ti('waiting')} {state.progress ? ti('rows', { count: state.progress.rows }) : ''}</p>
      <progress value={done} max={1} aria-label={ti('running')} />
      <div class="form-actions"><Button onClick={() => { stop(state.id).catch(sayProblem) }}>{ti('stop')}</Button></div>
    </div>
  )
}
