// While a card is dragged: where it ends, wherever the board is scrolled to.
import { CircleCheck, CircleX, Trash2 } from 'lucide-preact'
import type { Stage } from '../data/types'
import { t } from '../locale/i18n'

export function DropZones({ stages, mayDelete }: { stages: Stage[]; mayDelete: boolean }) {
  return (
    <div class="drop-zones" aria-hidden="true">
      {stages.map((stage) => <div key={stage.id} class={`drop-zone ${stage.kind}`} data-drop={`stage:${stage.id}`}>{stage.kind === 'won' ? <CircleCheck size={16} /> : <CircleX size={16} />}{stage.label}</div>)}
      {mayDelete && <div class="drop-zone" data-drop="delete"><Trash2 size={16} />{t('delete')}</div>}
    </div>
  )
}
