// Keeps the filter of a list under a name; says how many records it holds now.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import { createSegment, segmentsOf } from '../data/segments'
import { sayProblem } from '../data/undo'
import type { Entity, Page } from '../data/types'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'

export interface SegmentDialogProps { entity: Entity; where: string; onSaved: (name: string, changeset: string | null) => void; onClose: () => void }

export function SegmentDialog({ entity, where, onSaved, onClose }: SegmentDialogProps) {
  const [name, setName] = useState('')
  const [names, setNames] = useState<ReadonlySet<string>>(new Set())
  const [count, setCount] = useState<number | null>(null)
  useEffect(() => { get<Page>(`records/${entity.name}`, { where, fields: 'id', limit: 1, count: 'exact' }).then((page) => setCount(page.total?.value ?? null)).catch(sayProblem) }, [where])
  useEffect(() => { segmentsOf(entity.name).then((all) => setNames(new Set(all.map((one) => one.name)))).catch(sayProblem) }, [entity.name])
  const taken = names.has(name.trim())
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (taken) return
    try {
      onSaved(name.trim(), (await createSegment(entity.name, name.trim(), where)).changeset)
    } catch (error) { sayProblem(error) }
  }
  return (
    <Dialog label={t('segment_new')} onClose={onClose}>
      <form class="dialog-body" onSubmit={(event) => void save(event)}>
        <div class="field"><label for="segment-name">{t('name')}</label><input id="segment-name" class="input" autofocus required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" aria-invalid={taken} aria-describedby="segment-error" />
          <p id="segment-error" class="field-error" aria-live="polite">{taken && t('segment_taken')}</p></div>
        <p class="hint">{count === null ? '…' : t('segment_count', { count })}</p>
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={!name.trim() || taken}>{t('save')}</Button></div>
      </form>
    </Dialog>
  )
}
