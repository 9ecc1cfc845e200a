// How many cards the board holds.
import { t } from '../locale/i18n'
import type { BoardSource } from './source'

export function BoardFoot({ source }: { source: BoardSource }) {
  void source.version.value
  const count = source.columns.reduce((sum, column) => sum + column.count, 0)
  const known = source.columns.every((column) => column.known)
  return (
    <footer class="list-foot">
      <span class="count" role="status">{known && t(source.columns.every((column) => column.exact) ? 'count' : 'count_more', { count })}</span>
      {source.pending.size > 0 && <span class="progress" role="status">{t('working')}</span>}
    </footer>
  )
}
