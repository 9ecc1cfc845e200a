// What went wrong, where it went wrong, with a way to try again.
import { Problem } from '../data/api'
import { t } from '../locale/i18n'
import { Button } from './Button'

export function ErrorCard({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof Problem ? error : null
  return (
    <div class="error-card" role="alert">
      <strong>{t('something_failed')}</strong>
      <span>{problem?.code === 'offline' ? t('offline') : problem?.message ?? String(error)}</span>
      {problem?.requestId && <small>{t('request_id', { id: problem.requestId })}</small>}
      {retry && <Button onClick={retry}>{t('reload')}</Button>}
    </div>
  )
}
