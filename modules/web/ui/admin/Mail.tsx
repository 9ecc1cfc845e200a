// Outbound mail: where it goes out, a mail to try that, and what waits, went out or did not.
import { useEffect, useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { get, request } from '../data/api'
import { entity as findEntity } from '../data/session'
import { say, sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import { t } from '../locale/i18n'
import { usePages } from './pages'
import { SettingField, useSettings } from './settings'
import { ta, type AdminKey } from './texts'

const states = ['queued', 'running', 'done', 'failed', 'cancelled', 'unsure'] as const
type State = (typeof states)[number]
interface Listed {
  id: string; state: State; to: string[]; subject: string; owner: string; about: { entity: string; id: string } | null
  attempts: number; created_at: string; run_at: string | null; finished_at: string | null; error: string | null
}
interface Whole extends Listed { text: string; reply_to: string }
const tints: Record<State, string> = { queued: '', running: 'blue', done: 'green', failed: 'red', cancelled: 'amber', unsure: 'amber' }
const EVERY_MS = 3000

function Try() {
  const [to, setTo] = useState('')
  const [busy, setBusy] = useState(false)
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      await request('POST', 'mails/test', { body: { to } })
      say(ta('mail_test_sent', { to }))
    } catch (error) { sayProblem(error) } finally { setBusy(false) }
  }
  return (
    <form class="row-form" onSubmit={(event) => void send(event)}>
      <div class="field"><label for="mail-test">{ta('mail_test')}</label><input id="mail-test" class="input" type="email" required value={to} placeholder="you@example.org" onInput={(event) => setTo(event.currentTarget.value)} /></div>
      <Button type="submit" disabled={busy}>{ta('mail_test_send')}</Button>
    </form>
  )
}

function Letter({ id, onClose }: { id: string; onClose: () => void }) {
  const [mail, setMail] = useState<Whole | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  useEffect(() => { get<Whole>(`mails/${id}`).then(setMail, setProblem) }, [id])
  const about = mail?.about ? findEntity(mail.about.entity) : undefined
  return (
    <Dialog label={mail?.subject ?? ta('mail')} onClose={onClose}>
      <div class="dialog-body">
        {problem !== null && <ErrorCard error={problem} />}
        {mail && (
          <>
            <p class="hint">{ta('mail_to')}: {mail.to.join(', ')} · {formatTime(mail.created_at)}{about && mail.about && <> · <Link href={`/${about.name}/${mail.about.id}`}>{about.label}</Link></>}</p>
            {mail.error && <p class="field-error">{mail.error}</p>}
            <pre class="letter">{mail.text}</pre>
          </>
        )}
        <div class="actions"><Button onClick={onClose}>{t('close')}</Button></div>
      </div>
    </Dialog>
  )
}

function Queue() {
  const [parameters, setParameters] = useSearchParams()
  const state = parameters.get('state') ?? ''
  const shown = parameters.get('mail')
  const set = (name: string, value: string | null): void => setParameters((old) => { if (value) old.set(name, value); else old.delete(name); return old })
  const { items: mails, load, older } = usePages<Listed>('mails', { state }, EVERY_MS)
  const steer = (method: string, path: string): void => { request(method, path).then(load, sayProblem) }
  return (
    <section>
      <div class="section-head">
        <h2>{ta('mail_queue')}</h2>
        <select class="input narrow" aria-label={ta('state')} value={state} onChange={(event) => set('state', event.currentTarget.value)}>
          <option value="">{ta('mail_all')}</option>
          {states.map((name) => <option key={name} value={name}>{ta(`mail_state_${name}` as AdminKey)}</option>)}
        </select>
      </div>
      {mails?.length === 0 && <Empty icon="mail" text={ta('mail_none')} />}
      {mails && mails.length > 0 && (
        <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('mail_queue')}>
          <table class="grid-rows stacks letters">
            <thead><tr><th scope="col">{ta('mail_subject')}</th><th scope="col">{ta('state')}</th><th scope="col">{ta('when')}</th><th scope="col">{ta('mail_to')}</th></tr></thead>
            <tbody>
              {mails.map((mail) => (
                <tr key={mail.id}>
                  <td><button type="button" class="link" onClick={() => set('mail', mail.id)}>{mail.subject}</button></td>
                  <td><Tag text={ta(`mail_state_${mail.state}`)} color={tints[mail.state]} /></td>
                  <td class="nowrap">{formatTime(mail.finished_at ?? mail.created_at)}</td>
                  <td><div class="job-told"><span>{mail.to.join(', ')}{mail.error && <span class="hint"> · {mail.error}</span>}</span>
                    {mail.state === 'queued' && <Button look="quiet" onClick={() => steer('DELETE', `mails/${mail.id}`)}>{ta('cancel_job')}</Button>}
                    {['failed', 'cancelled', 'unsure'].includes(mail.state) && <Button look="quiet" onClick={() => steer('POST', `mails/${mail.id}/retry`)}>{ta('mail_send_now')}</Button>}</div></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {older && <div><Button onClick={() => void older()}>{ta('older')}</Button></div>}
      {shown && <Letter id={shown} onClose={() => set('mail', null)} />}
    </section>
  )
}

export function Mail() {
  const known = useSettings()
  if (!known) return null
  const tls: [string, string][] = [['starttls', 'STARTTLS'], ['tls', 'TLS'], ['none', ta('mail_tls_none')]]
  const isSet = known.settings['mail_password_set'] === true
  return (
    <>
      <p class="hint">{ta('mail_text')}</p>
      <div class="form-grid">
        <SettingField known={known} name="mail_host" placeholder="smtp.example.org" />
        <SettingField known={known} name="mail_port" type="number" />
        <SettingField known={known} name="mail_tls" options={tls} />
        <SettingField known={known} name="mail_from" placeholder="Acme <crm@example.org>" />
        <SettingField known={known} name="mail_user" />
        <SettingField known={known} name="mail_password" type="password" hint={ta(isSet ? 'mail_password_set' : 'mail_password_none')} />
        <SettingField known={known} name="mail_domains" placeholder="example.org, example.com" hint={ta('mail_domains_hint')} />
        <SettingField known={known} name="mail_per_minute" type="number" />
        <SettingField known={known} name="mail_per_day" type="number" hint={ta('mail_per_day_hint')} />
      </div>
      <Try />
      <Queue />
    </>
  )
}
