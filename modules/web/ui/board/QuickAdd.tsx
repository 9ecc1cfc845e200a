// A new card in a column with no more than its name; what else is wanted, the server says.
import { useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { createRecord } from '../data/records'
import { meta } from '../data/session'
import type { Entity, Pipeline, RecordData, Stage } from '../data/types'
import { fromDraft, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import type { Shape } from './shape'
import { tb } from './texts'

export interface QuickAddProps { entity: Entity; pipeline: Pipeline; stage: Stage; shape: Shape; onMade: (record: RecordData) => void; onClose: () => void }

export function QuickAdd({ entity, pipeline, stage, shape, onMade, onClose }: QuickAddProps) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState(0)
  const names = entity.pipeline
  const fields = [...shape.asked, ...entity.fields.filter((field) => problem?.about(field.name) && !shape.asked.includes(field))]
  const add = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy || !names) return
    setBusy(true)
    try {
      const values = Object.fromEntries(fields.flatMap((field) => { const draft = drafts[field.name]; return draft === undefined ? [] : [[field.name, fromDraft(field, draft, meta.value?.company.currency ?? '')]] }))
      onMade(await createRecord(entity, { ...values, [names.pipeline]: pipeline.id, [names.stage]: stage.id }))
      setDrafts({})
      setProblem(null)
      setMade(made + 1)
    } catch (error) { setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) })) } finally { setBusy(false) }
  }
  return (
    <form class="quick-add" key={made} noValidate aria-label={tb('add', { stage: stage.label })} onSubmit={(event) => void add(event)}
      onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); onClose() } }}>
      {fields.map((field, index) => {
        const id = `quick-${stage.id}-${field.name}`
        const message = problem?.about(field.name)
        return (
          <div class="field" key={field.name}>
            <label for={id}>{field.label}</label>
            <FieldInput field={field} entity={entity.name} id={id} draft={drafts[field.name] ?? toDraft(field, null)} autoFocus={index === 0} invalid={message !== undefined} describedBy={message ? `${id}-error` : undefined}
              onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
            {message && <p class="field-error" id={`${id}-error`} role="alert">{message}</p>}
          </div>
        )
      })}
      {problem && !fields.some((field) => problem.about(field.name)) && <p class="field-error" role="alert">{problem.code === 'offline' ? t('offline') : problem.message}</p>}
      <div class="form-actions"><Button type="submit" look="primary" disabled={busy}>{t('add')}</Button><Button look="quiet" onClick={onClose}>{t('cancel')}</Button></div>
    </form>
  )
}
