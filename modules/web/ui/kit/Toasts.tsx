// What was done, with a way back; read out by screen readers.
import { canUndo, dismiss, toasts, undo } from '../data/undo'
import { t } from '../locale/i18n'

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class={toast.bad ? 'toast bad' : 'toast'} key={toast.id}>
          <span>{toast.text}</span>
          {canUndo(toast)
            ? <button type="button" onClick={() => void undo(toast)}>{t('undo')} <kbd aria-hidden="true">Z</kbd></button>
            : <button type="button" onClick={() => dismiss(toast.id)}>{t('close')}</button>}
        </div>
      ))}
    </div>
  )
}
