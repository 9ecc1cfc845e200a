// Several records side by side: which one stays, which gives each field, and what comes of it.
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { get, request } from '../data/api'
import { offerUndo } from '../data/undo'
import type { Entity, Field, Page, RecordData } from '../data/types'
import { formatDate } from '../format/format'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { titleOf } from '../pages/columns'
import { differs, fullest, giver, isList, mergeable, shown, united } from './choice'
import { tm } from './texts'
import './merge.css'

export interface MergeDialogProps { entity: Entity; ids: string[]; onClose: () => void; onMerged: () => void }

export function MergeDialog({ entity, ids, onClose, onMerged }: MergeDialogProps) {
  const [records, setRecords] = useState<RecordData[]>([])
  const [into, setInto] = useState('')
  const [from, setFrom] = useState<Record<string, string>>({})
  const [all, setAll] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  useEffect(() => {
    get<Page>(`records/${entity.name}`, { where: `one_of(id, ${ids.map((id) => `"${id}"`).join(', ')})`, limit: ids.length })
      .then((page) => { setRecords(page.records); setInto(fullest(entity, page.records)) }, setProblem)
  }, [])
  useLayoutEffect(() => document.querySelector<HTMLElement>('input[name="merge-into"]:checked')?.focus(), [records.length])
  const fields = mergeable(entity, records)
  const open = fields.filter((field) => differs(field, records))
  const rest = fields.filter((field) => !differs(field, records))
  const stays = records.find((record) => record.id === into)
  const merge = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy || !stays) return
    setBusy(true)
    try {
      const { body, changeset } = await request<RecordData>('POST', `records/${entity.name}/bulk`, { body: { ids: [into, ...ids.filter((id) => id !== into)], merge: { into, from } } })
      offerUndo(tm('merged', { count: records.length - 1, title: titleOf(entity, body) }), changeset, onMerged)
      onMerged()
      onClose()
    } catch (error) { setProblem(error); setBusy(false) }
  }
  const row = (field: Field): preact.JSX.Element => {
    const taken = giver(field, records, into, from)
    return (
      <div class="merge-row" role="radiogroup" aria-labelledby={`merge-${field.name}`} key={field.name}>
        <div class="merge-name" id={`merge-${field.name}`}>{field.label}</div>
        {records.map((record) => {
          const text = shown(field, record)
          if (isList(field)) return <div class="merge-cell" key={record.id}>{text || <span class="none">—</span>}</div>
          return (
            <label class="merge-cell" key={record.id}>
              <input type="radio" name={`merge-${field.name}`} checked={taken?.id === record.id} onChange={() => setFrom({ ...from, [field.name]: record.id })} />
              <span>{text || <span class="none">{t('blank')}</span>}</span>
            </label>
          )
        })}
        <div class="merge-cell merge-result"><span class="visually-hidden">{tm('result')}: </span>{isList(field) ? united(field, records, into) : taken ? shown(field, taken) : ''}{isList(field) && <small>{tm('together')}</small>}</div>
      </div>
    )
  }
  return (
    <Dialog label={tm('merge_title', { what: entity.label_plural })} class="merge" onClose={onClose}>
      <form class="dialog-body" onSubmit={(event) => void merge(event)}>
        {problem !== null && <ErrorCard error={problem} />}
        {records.length > 1 && (
          <div class="merge-table" style={{ '--merge-columns': String(records.length) }}>
            <div class="merge-row merge-head" role="radiogroup" aria-label={tm('keep')}>
              <div class="merge-name">{tm('keep')}</div>
              {records.map((record) => (
                <label class="merge-cell" key={record.id}>
                  <input type="radio" name="merge-into" checked={record.id === into} onChange={() => setInto(record.id)} />
                  <span><strong>{titleOf(entity, record)}</strong><small>{typeof record['created_at'] === 'string' ? formatDate(record['created_at'].slice(0, 10)) : ''}</small></span>
                </label>
              ))}
              <div class="merge-cell merge-result">{tm('result')}</div>
            </div>
            {open.map(row)}
            {rest.length > 0 && !all && <Button look="quiet" onClick={() => setAll(true)} aria-expanded={false}>{tm('equal_fields', { count: rest.length })}</Button>}
            {all && rest.map(row)}
          </div>
        )}
        <p class="sub">{tm('merge_hint')}</p>
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={busy || records.length < 2}>{tm('merge_count', { count: records.length })}</Button></div>
      </form>
    </Dialog>
  )
}
