// What is being done and how far it has come; what was done, with a way back. Read out by screen readers.
import { progress } from '../data/jobs'
import { canUndo, dismiss, toasts, undo } from '../data/undo'
import { language, t } from '../locale/i18n'

const number = (value: number): string => new Intl.NumberFormat(language.value).format(value)

export function Toasts() {
  const busy = progress.value
  const known = busy?.of && busy.done !== null ? { value: busy.done, max: busy.of } : null
  return (
    <div class="toasts" role="status" aria-live="polite">
      {busy && (
        <div class="toast progress">
          <span>{busy.text}{known && ` ${number(known.value)} / ${number(known.max)}`}</span><progress aria-label={busy.text} {...known} />
          {busy.stop && <button type="button" onClick={busy.stop}>{t('cancel')}</button>}
        </div>
      )}
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
