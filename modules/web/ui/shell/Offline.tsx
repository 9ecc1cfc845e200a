// Says that the server is away, asks for it again by itself and on demand.
import { useEffect, useState } from 'preact/hooks'
import { get, online } from '../data/api'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'

const EVERY_MS = 4000

export function Offline() {
  const [asking, setAsking] = useState(false)
  const ask = (): void => {
    setAsking(true)
    get('session').catch(() => {}).finally(() => setAsking(false))
  }
  const away = !online.value
  useEffect(() => {
    if (!away) return
    const timer = setInterval(ask, EVERY_MS)
    addEventListener('online', ask)
    return () => { clearInterval(timer); removeEventListener('online', ask) }
  }, [away])
  if (!away) return null
  return <div class="offline" role="alert"><span>{t('offline')}</span><Button onClick={ask} disabled={asking}>{asking ? t('reconnecting') : t('reconnect')}</Button></div>
}
