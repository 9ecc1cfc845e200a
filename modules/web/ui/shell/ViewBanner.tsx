// Says whose eyes this tab looks with, on every page, and the way back.
import { lookAs, type View } from '../data/api'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'

/** Where an administrator came from. */
export function endView(view: View): void { lookAs(null, view.as.startsWith('role:') ? `/admin/roles?of=${view.as.slice(5)}` : '/admin/users') }

export function ViewBanner({ view }: { view: View }) {
  return <div class="view-banner" role="status"><span>{t('viewing_as', { who: view.name })}</span><Button onClick={() => endView(view)}>{t('view_end')}</Button></div>
}
