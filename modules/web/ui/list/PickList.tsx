// One of the lists that records are put into by hand, or a new one by its name.
import { useEffect, useState } from 'preact/hooks'
import { ListPlus } from 'lucide-preact'
import { createSegment, segmentsOf, type Segment } from '../data/segments'
import { entity as findEntity } from '../data/session'
import { sayProblem } from '../data/undo'
import type { Entity } from '../data/types'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'

export interface PickListProps { entity: Entity; label: string; creates: boolean; onPick: (id: string, name: string) => void }

export function PickList({ entity, label, creates, onPick }: PickListProps) {
  const [segments, setSegments] = useState<Segment[] | null>(null)
  const [name, setName] = useState('')
  useEffect(() => { segmentsOf(entity.name).then(setSegments).catch(sayProblem) }, [entity.name])
  const lists = segments?.filter((one) => one.filter === null)
  const taken = segments?.some((one) => one.name === name.trim()) ?? false
  const create = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (taken) return
    try { onPick((await createSegment(entity.name, name.trim(), null)).id, name.trim()) } catch (error) { sayProblem(error) }
  }
  return (
    <div class="condition">
      <strong>{label}</strong>
      <div class="field-list">
        {lists?.map((list) => <button type="button" class="menu-item" key={list.id} onClick={() => onPick(list.id, list.name)}><ListPlus size={14} aria-hidden="true" /><span class="grow">{list.name}</span></button>)}
        {lists?.length === 0 && <p class="option-note">{t('list_none')}</p>}
      </div>
      <p class="field-error" aria-live="polite">{taken && t('segment_taken')}</p>
      {creates && findEntity('segment')?.can.create && (
        <form class="row" onSubmit={(event) => void create(event)}>
          <input class="input" autofocus aria-label={t('list_new')} placeholder={t('list_new')} value={name} onInput={(event) => setName(event.currentTarget.value)} maxLength={100} />
          <Button type="submit" disabled={!name.trim() || taken}>{t('add')}</Button>
        </form>
      )}
    </div>
  )
}
