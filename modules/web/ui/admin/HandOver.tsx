// Somebody leaves: they no longer sign in, and what they own goes to another, kind by kind, in bulk.
import { useEffect, useState } from 'preact/hooks'
import { get, request } from '../data/api'
import { followJob } from '../data/jobs'
import { meta } from '../data/session'
import type { Entity, Page, Reference } from '../data/types'
import { offerUndo, sayProblem } from '../data/undo'
import { ReferencePicker } from '../field/ReferencePicker'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { ta } from './texts'

export interface HandOverProps { user: Reference; version: number; onClose: (done: boolean) => void }

export function HandOver({ user, version, onClose }: HandOverProps) {
  const [to, setTo] = useState<Reference | null>(null)
  const [owned, setOwned] = useState<{ entity: Entity; count: number }[]>([])
  const [busy, setBusy] = useState(false)
  const where = `owner == "${user.id}"`
  useEffect(() => {
    const kinds = (meta.value?.entities ?? []).filter((entity) => !entity.system && !entity.child_of && entity.can.update && entity.fields.some((field) => field.name === 'owner'))
    Promise.all(kinds.map(async (entity) => ({ entity, count: (await get<Page>(`records/${entity.name}`, { where, limit: 1, fields: 'id', count: 'exact' })).total?.value ?? 0 })))
      .then((found) => setOwned(found.filter((item) => item.count > 0)), sayProblem)
  }, [user.id])
  const go = async (): Promise<void> => {
    setBusy(true)
    try {
      for (const { entity } of to ? owned : []) {
        const { body, status, changeset } = await request<{ job?: string; changeset?: string }>('POST', `records/${entity.name}/bulk`, { body: { where, set: { owner: to?.id } } })
        if (status === 202 && body.job) await followJob(body.job, t('working'))
        offerUndo(t('changed', { what: entity.label_plural }), changeset ?? body.changeset ?? null)
      }
      const { changeset } = await request('PATCH', `records/user/${user.id}`, { body: { active: false }, headers: { 'If-Match': `"${version}"` } })
      offerUndo(t('changed', { what: user.title ?? '' }), changeset)
      onClose(true)
    } catch (error) { sayProblem(error); setBusy(false) }
  }
  const who = user.title ?? ''
  return (
    <Dialog label={ta('disable_title', { who })} onClose={() => onClose(false)}>
      <div class="dialog-body">
        <p>{ta('disable_text', { who })}</p>
        {owned.length > 0 && <ul class="figures">{owned.map(({ entity, count }) => <li key={entity.name}>{ta('gives', { label: entity.label_plural, count })}</li>)}</ul>}
        {owned.length > 0 && (
          <div class="field">
            <label for="hand-over">{ta('give_work')}</label>
            <ReferencePicker id="hand-over" entity="user" value={to ?? { id: '', title: ta('work_stays', { who }) }} label={ta('give_work')} onPick={setTo} />
          </div>
        )}
        <div class="actions"><Button onClick={() => onClose(false)}>{t('cancel')}</Button><Button look="primary" disabled={busy} onClick={() => void go()}>{ta('do_it')}</Button></div>
      </div>
    </Dialog>
  )
}
