// What would happen, without anything happening: counts, and each row that would be left out with why.
import { CircleCheck, Download } from 'lucide-preact'
import { sayProblem } from '../data/undo'
import type { Entity } from '../data/types'
import { Button } from '../kit/Button'
import { save } from './save'
import { Figures, Reasons } from './Reasons'
import { ti } from './texts'
import { wouldReject, type Counts, type Options } from './wire'

interface CheckStepProps { entity: Entity; file: File; options: Options; found: Counts | null; failed: boolean; onBack: () => void; onRun: () => void }

export function CheckStep({ entity, file, options, found, failed, onBack, onRun }: CheckStepProps) {
  if (!found) return failed ? <div class="form-actions"><Button onClick={onBack}>{ti('back_columns')}</Button></div> : <p class="hint" role="status">{ti('checking')}</p>
  const good = found.created + found.updated
  const download = (): void => { wouldReject(entity.name, file, options).then((text) => save(text, 'rejected.csv')).catch(sayProblem) }
  return (
    <div class="import-check">
      <Figures items={[[ti('created', { count: found.created }), found.created], [ti('updated', { count: found.updated }), found.updated], [ti('skipped', { count: found.skipped }), found.skipped]]} />
      {found.rejected === 0
        ? <p class="good"><CircleCheck size={15} aria-hidden="true" />{good || found.skipped ? ti('problems_none') : ti('nothing')}</p>
        : <section>
            <div class="section-head"><h2>{ti('problems', { count: found.rejected })}</h2><Button look="quiet" onClick={download}><Download size={14} aria-hidden="true" />{ti('download_would')}</Button></div>
            <Reasons entity={entity} reasons={found.reasons} count={found.rejected} />
          </section>}
      <div class="form-actions">
        <Button look="primary" disabled={good === 0} onClick={onRun}>{ti('run', { count: good })}</Button>
        <Button onClick={onBack}>{ti('back_columns')}</Button>
      </div>
    </div>
  )
}
