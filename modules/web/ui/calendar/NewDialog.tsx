// A new event at the time that was drawn: its name and kind; the rest stands on its page.
import { useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { createRecord } from '../data/records'
import { meta } from '../data/session'
import type { Entity, RecordData } from '../data/types'
import { fromDraft, isEditable, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { dayText, minutesText, type Moment } from '../format/days'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { newTimes, type Shape } from './happening'

export interface Wish { from: Moment; to: Moment; allDay: boolean; person: string | undefined }

export function NewDialog({ entity, shape, wish, onMade, onClose }: { entity: Entity; shape: Shape; wish: Wish; onMade: (record: RecordData) => void; onClose: () => void }) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const title = entity.fields.find((field) => field.name === entity.title)
  const required = entity.fields.filter((field) => (field.required || problem?.about(field.name)) && field !== title && isEditable(field) && !field.standard)
  const fields = [...(title && isEditable(title) ? [title] : []), ...(shape.kind ? [shape.kind] : []), ...required.filter((field) => field !== shape.kind)]
  const when = wish.allDay ? dayText(wish.from.day, { weekday: 'long', day: 'numeric', month: 'long' }) : `${dayText(wish.from.day, { weekday: 'long', day: 'numeric', month: 'long' })}, ${minutesText(wish.from.minutes)} – ${minutesText(wish.to.minutes)}`
  const save = async (event: globalThis.Event): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    try {
      const values = Object.fromEntries(fields.flatMap((field) => { const draft = drafts[field.name]; return draft === undefined || draft === '' ? [] : [[field.name, fromDraft(field, draft, meta.value?.company.currency ?? '')]] }))
      onMade(await createRecord(entity, { ...newTimes(shape, wish.from, wish.to, wish.allDay), ...(shape.person && wish.person ? { [shape.person.name]: wish.person } : {}), ...values }))
    } catch (error) { setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) })) } finally { setBusy(false) }
  }
  return (
    <Dialog label={t('new', { what: entity.label })} onClose={onClose}>
      <form class="dialog-body" noValidate onSubmit={(event) => void save(event)}>
        <p class="hint">{when}</p>
        {fields.map((field, index) => {
          const id = `event-${field.name}`
          const message = problem?.about(field.name)
          return (
            <div class="field" key={field.name}>
              <label for={id}>{field.label}</label>
              <FieldInput field={field} entity={entity.name} id={id} draft={drafts[field.name] ?? toDraft(field, null)} autoFocus={index === 0} invalid={message !== undefined} describedBy={message ? `${id}-error` : undefined} onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
              {message && <p class="field-error" id={`${id}-error`} role="alert">{message}</p>}
            </div>
          )
        })}
        {problem && !fields.some((field) => problem.about(field.name)) && <p class="field-error" role="alert">{problem.code === 'offline' ? t('offline') : problem.message}</p>}
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={busy}>{t('create')}</Button></div>
      </form>
    </Dialog>
  )
}
