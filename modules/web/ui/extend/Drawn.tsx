// What Lua draws: a description of stats, tables, charts, forms, boards and texts, put together of our kit.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import type { View } from '../data/types'
import { t } from '../locale/i18n'
import { Pieces, type Piece } from './Pieces'

/** One piece or a list of them. */
export function Drawn({ view, id, onError }: { view: View; id: string | undefined; onError: (error: unknown) => void }) {
  const [pieces, setPieces] = useState<Piece[] | null>(null)
  const [parameters, setParameters] = useState<Record<string, unknown>>({})
  useEffect(() => {
    const abort = new AbortController()
    const asked = Object.keys(parameters).length ? JSON.stringify(parameters) : undefined
    get<{ drawing: Piece | Piece[] | null }>(`ui/${view.name}`, { id, parameters: asked }, abort.signal)
      .then(({ drawing }) => setPieces(Array.isArray(drawing) ? drawing : drawing && Object.keys(drawing).length ? [drawing] : []))
      .catch((error: unknown) => { if (!abort.signal.aborted) onError(error) })
    return () => abort.abort()
  }, [view.name, id, parameters])
  if (!pieces) return <p class="slot-wait" aria-busy="true"><span class="skeleton wide" /></p>
  return <div class="slot drawn" data-slot={`${view.owner}/${view.name}`}>{pieces.length ? <Pieces pieces={pieces} onForm={setParameters} values={parameters} /> : <p class="hint">{view.help ?? t('no_results')}</p>}</div>
}
