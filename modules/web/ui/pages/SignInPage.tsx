// Sign-in, and the first sign-in by a one-time link.
import { useEffect, useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { Problem } from '../data/api'
import { lookAtLink, signIn, useLink } from '../data/session'
import { language, setLanguage, t, textsOf } from '../locale/i18n'
import { Button } from '../kit/Button'
import en from '../locale/sign_in_en.json'
import ru from '../locale/sign_in_ru.json'

const ts = textsOf({ en, ru })

function Frame({ children }: { children: ComponentChildren }) {
  const choose = (tag: 'en' | 'ru'): void => {
    localStorage.setItem('perigee.language', tag)
    void setLanguage(tag)
  }
  return (
    <div class="sign-in">
      <main>
        <div class="brand"><img src="/assets/icon.svg" alt="" />Perigee</div>
        {children}
        <div class="languages" role="group" aria-label={t('language')}>
          <Button look="quiet" aria-pressed={language.value === 'en'} onClick={() => choose('en')} lang="en">English</Button>
          <Button look="quiet" aria-pressed={language.value === 'ru'} onClick={() => choose('ru')} lang="ru">Русский</Button>
        </div>
      </main>
    </div>
  )
}

function useSubmit(run: () => Promise<void>) {
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try { await run() } catch (error) {
      setProblem(error instanceof Problem && error.code !== 'offline' ? error.message : t('offline'))
    } finally { setBusy(false) }
  }
  return { problem, busy, submit, setProblem }
}

export function SignInPage() {
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const { problem, busy, submit } = useSubmit(() => signIn(login, password))
  return (
    <Frame>
      <form onSubmit={(event) => void submit(event)}>
        <h1>{ts('sign_in_title')}</h1>
        <div class="field"><label for="login">{t('login')}</label>
          <input id="login" class="input" value={login} onInput={(event) => setLogin(event.currentTarget.value)} autocomplete="username" required autoFocus autocapitalize="none" spellcheck={false} /></div>
        <div class="field"><label for="password">{ts('password')}</label>
          <input id="password" class="input" type="password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} autocomplete="current-password" required /></div>
        {problem && <p class="field-error" role="alert">{problem}</p>}
        <Button type="submit" look="primary" disabled={busy}>{ts('sign_in')}</Button>
      </form>
    </Frame>
  )
}

export function LinkPage({ token }: { token: string }) {
  const [link, setLink] = useState<{ login: string | null; first: boolean } | null>(null)
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const { problem, busy, submit, setProblem } = useSubmit(async () => {
    if (password !== again) { setProblem(ts('password_differs')); return }
    await useLink(token, password, link?.first ? login : undefined)
  })
  useEffect(() => {
    lookAtLink(token)
      .then((found) => { setLink(found); setLogin(found.login ?? 'admin') })
      .catch((error) => setProblem(error instanceof Problem ? error.message : t('offline')))
  }, [token])
  return (
    <Frame>
      <form onSubmit={(event) => void submit(event)}>
        <h1>{ts('link_title')}</h1>
        <p class="hint">{ts('link_hint')}</p>
        <div class="field"><label for="login">{t('login')}</label>
          <input id="login" class="input" value={login} onInput={(event) => setLogin(event.currentTarget.value)} readOnly={!link?.first} autocomplete="username" autocapitalize="none" spellcheck={false} required /></div>
        <div class="field"><label for="password">{ts('password')}</label>
          <input id="password" class="input" type="password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} autocomplete="new-password" required /></div>
        <div class="field"><label for="again">{ts('password_again')}</label>
          <input id="again" class="input" type="password" value={again} onInput={(event) => setAgain(event.currentTarget.value)} autocomplete="new-password" required /></div>
        {problem && <p class="field-error" role="alert">{problem}</p>}
        <Button type="submit" look="primary" disabled={busy || !link}>{ts('set_password')}</Button>
      </form>
    </Frame>
  )
}
