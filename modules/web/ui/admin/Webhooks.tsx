// What other programs may tell scripts: the addresses, whose rights the runs have, and secrets, each shown once.
import { useEffect, useState } from 'preact/hooks'
import { get, request } from '../data/api'
import { meta } from '../data/session'
import { sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Empty } from '../kit/Empty'
import { Tag } from '../kit/Tag'
import { t } from '../locale/i18n'
import { useRows } from './Rows'
import { ta, type AdminKey } from './texts'

interface Webhook { script: string; name: string; label: string | null; verify: 'hmac_sha256' | 'token'; header: string; answers: boolean; path: string; user: string | null; secret_at: string | null; former_until: string | null; problem: string | null }

function State({ problem }: { problem: string | null }) {
  return <Tag text={ta(`webhook_${problem ?? 'ready'}` as AdminKey)} color={problem ? 'amber' : 'green'} />
}

export function Webhooks() {
  const [found, setFound] = useState<{ address: string; webhooks: Webhook[] } | null>(null)
  const [renewing, setRenewing] = useState<Webhook | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const { rows: users } = useRows('user', { sort: 'name', where: 'active' })
  const load = async (): Promise<void> => {
    try { setFound(await get<{ address: string; webhooks: Webhook[] }>('scripts/webhooks')) } catch (error) { sayProblem(error) }
  }
  useEffect(() => void load(), [])
  const setUser = (it: Webhook, user: string): void => { request('POST', 'scripts/webhooks/user', { body: { script: it.script, name: it.name, user } }).then(load, sayProblem) }
  const renew = async (it: Webhook): Promise<void> => {
    try {
      const { body } = await request<{ secret: string }>('POST', 'scripts/webhooks/secret', { body: { script: it.script, name: it.name } })
      setSecret(body.secret)
      await load()
    } catch (error) { sayProblem(error) } finally { setRenewing(null) }
  }
  if (!found) return null
  if (found.webhooks.length === 0) return <Empty icon="inbox" text={ta('webhooks_none')} />
  const base = found.address.startsWith('http') ? found.address : new URL(found.address, location.origin).href
  const decides = meta.value?.user.admin ?? false
  return (
    <>
      <p class="hint">{ta('webhooks_text')}</p>
      <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('webhooks')}>
        <table class="grid-rows stacks">
          <thead><tr><th scope="col">{ta('webhook_address')}</th><th scope="col">{ta('state')}</th><th scope="col">{ta('webhook_user')}</th><th scope="col">{ta('webhook_secret')}</th></tr></thead>
          <tbody>
            {found.webhooks.map((it) => (
              <tr key={it.path}>
                <td><div>{it.label ?? it.name}</div><code class="hint break">{base}{it.path}</code></td>
                <td><State problem={it.problem} /></td>
                <td>
                  <select class="input" aria-label={`${ta('webhook_user')}: ${it.label ?? it.name}`} disabled={!decides} value={it.user ?? ''} onChange={(event) => { if (event.currentTarget.value) setUser(it, event.currentTarget.value) }}>
                    <option value="">{ta('webhook_nobody')}</option>
                    {users?.map((user) => <option key={user.id} value={user.id}>{String(user['name'] ?? user['login'])}</option>)}
                  </select>
                </td>
                <td>
                  <div class="row-actions">
                    <span class="hint">{it.verify === 'token' ? ta('webhook_token', { header: it.header }) : ta('webhook_signature', { header: it.header })}{it.secret_at && ` · ${formatTime(it.secret_at)}`}</span>
                    {decides && <Button look="quiet" aria-label={`${ta('webhook_renew')}: ${it.label ?? it.name}`} onClick={() => { if (it.secret_at) setRenewing(it); else void renew(it) }}>{ta('webhook_renew')}</Button>}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {renewing && (
        <Dialog label={ta('webhook_renew')} onClose={() => setRenewing(null)}>
          <div class="dialog-body">
            <p>{ta('webhook_renew_text')}</p>
            <div class="actions"><Button look="primary" onClick={() => void renew(renewing)}>{ta('webhook_renew')}</Button><Button onClick={() => setRenewing(null)}>{t('cancel')}</Button></div>
          </div>
        </Dialog>
      )}
      {secret && (
        <Dialog label={ta('webhook_secret')} onClose={() => setSecret(null)}>
          <div class="dialog-body">
            <p>{ta('webhook_secret_text')}</p>
            <input class="input code" id="webhook-secret" readOnly aria-label={ta('webhook_secret')} value={secret} onFocus={(event) => event.currentTarget.select()} />
            <div class="actions"><Button look="primary" onClick={() => { void navigator.clipboard?.writeText(secret); setSecret(null) }}>{ta('copy')}</Button><Button onClick={() => setSecret(null)}>{t('close')}</Button></div>
          </div>
        </Dialog>
      )}
    </>
  )
}
