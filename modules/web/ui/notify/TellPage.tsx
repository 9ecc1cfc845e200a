// Notifications as a page: what the bell opens on a phone, and an address for it everywhere.
import { useEffect } from 'preact/hooks'
import { t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import { TellList } from './TellList'

export function TellPage() {
  useEffect(() => { document.title = `${t('notifications')} · Perigee` }, [])
  return <div class="page"><TopBar crumbs={[{ text: t('notifications') }]} /><main id="main" class="told-page" tabIndex={-1}><h1 class="visually-hidden">{t('notifications')}</h1><TellList /></main></div>
}
