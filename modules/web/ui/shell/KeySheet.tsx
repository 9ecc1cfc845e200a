// The sheet of keys: what the registry holds right now.
import { useMemo } from 'preact/hooks'
import { Dialog } from '../kit/Dialog'
import { Keys } from '../kit/Keys'
import { t } from '../locale/i18n'
import { currentActions, type ActionGroup } from './actions'
import './overlays.css'

const order: ActionGroup[] = ['list', 'selection', 'record', 'create', 'go', 'frame']

export function KeySheet({ onClose }: { onClose: () => void }) {
  const actions = useMemo(() => currentActions().filter((action) => action.keys && action.label), [])
  return (
    <Dialog label={t('keys_title')} class="key-sheet" onClose={onClose}>
      <div class="key-columns">
        {order.map((group) => {
          const own = actions.filter((action) => action.group === group)
          return own.length > 0 && (
            <section key={group}>
              <h3>{t(`group_${group}`)}</h3>
              <dl>{own.map((action) => <div key={action.id}><dt>{action.label}</dt><dd><span class="visually-hidden">{action.keys}</span><Keys keys={action.keys} /></dd></div>)}</dl>
            </section>
          )
        })}
      </div>
    </Dialog>
  )
}
