// A new record without leaving the one at hand, which it refers to already.
import type { Entity, RecordData } from '../data/types'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { CreateForm } from './CreateForm'

export function CreateDialog({ entity, preset, onClose, onMade }: { entity: Entity; preset: RecordData; onClose: () => void; onMade: () => void }) {
  return (
    <Dialog label={t('new', { what: entity.label })} class="create-dialog" onClose={onClose}>
      <div class="dialog-body"><CreateForm entity={entity} preset={preset} short onMade={onMade} onCancel={onClose} /></div>
    </Dialog>
  )
}
