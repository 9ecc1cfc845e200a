// People: who they are, their role and team; a link for the first sign-in; let out with their work handed over.
import { useState } from 'preact/hooks'
import { Eye, Link2 } from 'lucide-preact'
import { request } from '../data/api'
import { entity as findEntity, meta } from '../data/session'
import type { RecordData, Reference } from '../data/types'
import { sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { lazy } from '../kit/lazy'
import { language, t } from '../locale/i18n'
import type { HandOverProps } from './HandOver'
import { Rows, useRows } from './Rows'
import { ta } from './texts'
import { beginView } from './view'

const HandOver = lazy<HandOverProps>(() => import('./HandOver').then((module) => module.HandOver))

export function Users() {
  const [link, setLink] = useState<{ who: string; url: string } | null>(null)
  const [leaving, setLeaving] = useState<RecordData | null>(null)
  const { rows: roles } = useRows('role', { sort: 'name' })
  const [round, setRound] = useState(0)
  const invite = async (user: RecordData): Promise<void> => {
    try {
      const { body } = await request<{ link?: string; token?: string }>('POST', 'tokens', { body: { user: user.id, one_time: true } })
      const path = body.link ?? `/welcome#${body.token ?? ''}`
      setLink({ who: String(user['name'] ?? user['login']), url: new URL(path, location.origin).href })
    } catch (error) { sayProblem(error) }
  }
  const me = meta.value?.user.id
  return (
    <>
      <Rows key={round} entity="user" sort="name" fields={['login', 'name', 'role', 'team', 'manager', 'active']} where={'id ~= "1"'} keeps options={{ role: roles?.map((role) => ({ value: role.id, label: String((language.value === 'ru' && role['label_ru']) || role['label'] || role['name']) })) ?? [] }}
        cells={{
          active: (record, write) => (
            <span class="row-actions">
              {record['active'] !== false && findEntity('user')?.can.update && <Button look="quiet" icon aria-label={ta('invite')} title={ta('invite')} onClick={() => void invite(record)}><Link2 size={15} aria-hidden="true" /></Button>}
              {record.id !== me && record['active'] !== false && meta.value?.user.admin && <Button look="quiet" icon aria-label={ta('view_person')} title={ta('view_person')} onClick={() => void beginView(`user:${record.id}`, String(record['name'] ?? record['login']))}><Eye size={15} aria-hidden="true" /></Button>}
              {record.id !== me && (record['active'] === false
                ? <Button look="quiet" onClick={() => void write(true)}>{ta('enable')}</Button>
                : <Button look="quiet" onClick={() => setLeaving(record)}>{ta('disable')}</Button>)}
            </span>
          ),
        }} />
      {link && (
        <Dialog label={ta('invite')} onClose={() => setLink(null)}>
          <div class="dialog-body">
            <p>{ta('invite_text', { who: link.who })}</p>
            <input class="input code" id="invite-link" readOnly aria-label={ta('invite')} value={link.url} onFocus={(event) => event.currentTarget.select()} />
            <div class="actions"><Button look="primary" onClick={() => { void navigator.clipboard?.writeText(link.url); setLink(null) }}>{ta('copy')}</Button><Button onClick={() => setLink(null)}>{t('close')}</Button></div>
          </div>
        </Dialog>
      )}
      {leaving && <HandOver user={{ id: leaving.id, title: String(leaving['name'] ?? leaving['login']) } satisfies Reference} version={leaving.version} onClose={(done) => { setLeaving(null); if (done) setRound(round + 1) }} />}
    </>
  )
}
