// The bell in the top bar: how much was not read; opens the list, on a phone a page of its own.
import { useRef, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { Bell as Sign } from 'lucide-preact'
import { useMedia } from '../kit/media'
import { lazy } from '../kit/lazy'
import { Popover } from '../kit/Popover'
import { t } from '../locale/i18n'
import { unread } from './source'

const TellList = lazy<{ onGo?: () => void }>(() => import('./TellList').then((module) => module.TellList))
const MOST = 99

export function Bell() {
  const [open, setOpen] = useState(false)
  const [, navigate] = useLocation()
  const phone = useMedia('(max-width: 760px)')
  const opener = useRef<HTMLButtonElement>(null)
  const count = unread.value
  return (
    <>
      <button ref={opener} type="button" class="button quiet icon bell" aria-label={t('bell', { count })} title={t('bell', { count })} aria-expanded={phone ? undefined : open} onClick={() => (phone ? navigate('/me/notifications') : setOpen(!open))}>
        <Sign size={16} aria-hidden="true" />{count > 0 && <span class="bell-count" aria-hidden="true">{count > MOST ? `${MOST}+` : count}</span>}
      </button>
      {open && <Popover anchor={opener} label={t('notifications')} class="told-panel" align="end" onClose={() => setOpen(false)}><TellList onGo={() => setOpen(false)} /></Popover>}
    </>
  )
}
