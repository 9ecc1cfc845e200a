// A menu of what the registry holds for the thing in sight, with its keys.
import { MoreHorizontal } from 'lucide-preact'
import { Menu, type MenuItem } from '../kit/Menu'
import { t } from '../locale/i18n'
import { currentActions, type ActionGroup } from './actions'

export function ActionMenu({ groups }: { groups: ActionGroup[] }) {
  const items = (): MenuItem[] => currentActions().filter((action) => groups.includes(action.group) && !action.hidden && action.label).map((action) => ({
    label: action.label, run: () => void action.run(), ...(action.icon ? { icon: action.icon } : {}), ...(action.keys ? { keys: action.keys } : {}),
    ...(action.danger ? { danger: true, section: true as const } : {}),
  }))
  return <Menu label={t('actions')} class="button quiet icon" items={items}><MoreHorizontal size={15} aria-hidden="true" /></Menu>
}
