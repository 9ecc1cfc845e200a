// Navigation: the lists that the caller may read, the person, theme and language.
import { Link, useLocation } from 'wouter-preact'
import { LogOut, Moon, Sun } from 'lucide-preact'
import { lists, meta, signOut } from '../data/session'
import { sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { language, setLanguage, t } from '../locale/i18n'
import { loadMeta } from '../data/session'
import { request } from '../data/api'
import { navOpen, switchTheme, theme } from './frame'

async function chooseLanguage(): Promise<void> {
  const next = language.value === 'en' ? 'ru' : 'en'
  localStorage.setItem('perigee.language', next)
  const user = meta.value?.user
  if (user) {
    await request('PATCH', `records/user/${user.id}`, { body: { language: next } }).catch(() => {})
    await loadMeta()
  }
  await setLanguage(next)
}

export function Nav() {
  const [path] = useLocation()
  const current = path.split('/')[1]
  const shut = (): void => { navOpen.value = false }
  return (
    <>
      <nav class="nav" aria-label={t('navigation')} data-open={navOpen.value} onClick={shut}>
        <div class="brand"><img src="/assets/icon.svg" alt="" />{meta.value?.company.name || 'Perigee'}</div>
        {lists.value.map((entity) => (
          <Link key={entity.name} href={`/${entity.name}`} class="item" aria-current={current === entity.name ? 'page' : undefined}>
            <Icon name={entity.icon} />{entity.label_plural}
          </Link>
        ))}
        <div class="foot">
          <div class="who">{meta.value?.user.name}</div>
          <div class="row">
            <Button look="quiet" icon aria-label={`${t('theme')}: ${theme.value === 'dark' ? t('dark') : t('light')}`} onClick={switchTheme}>
              {theme.value === 'dark' ? <Sun size={15} aria-hidden="true" /> : <Moon size={15} aria-hidden="true" />}
            </Button>
            <Button look="quiet" onClick={() => void chooseLanguage()} lang={language.value === 'en' ? 'ru' : 'en'}>{language.value === 'en' ? 'Русский' : 'English'}</Button>
            <Button look="quiet" icon aria-label={t('sign_out')} onClick={() => { signOut().catch(sayProblem) }}><LogOut size={15} aria-hidden="true" /></Button>
          </div>
        </div>
      </nav>
      {navOpen.value && <button type="button" class="scrim" aria-label={t('close')} onClick={shut} />}
    </>
  )
}
