// What a stage demands before a record may stand in it, asked in one form with the server's words.
import { useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { loadRecord, writeFields } from '../data/records'
import { meta } from '../data/session'
import { fromDraft, isEditable, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { tr } from './texts'
import type { MoveProps } from './StagePath'

export function MoveDialog({ move, onClose }: MoveProps) {
  const { entity, record, stage } = move
  const [problem, setProblem] = useState(move.problem)
  const [asked, setAsked] = useState(() => namesOf(move.problem))
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const [busy, setBusy] = useState(false)
  const fields = entity.fields.filter((field) => asked.includes(field.name) && isEditable(field))
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const values = Object.fromEntries(fields.flatMap((field) => { const draft = drafts[field.name]; return draft === undefined ? [] : [[field.name, fromDraft(field, draft, meta.value?.company.currency ?? '')]] }))
    try {
      const current = await loadRecord(entity.name, record.id)
      await writeFields(entity, current, { ...values, [entity.pipeline?.stage ?? 'stage']: stage.id })
      onClose()
    } catch (error) {
      const found = error instanceof Problem ? error : new Problem(0, { detail: String(error) })
      setProblem(found)
      setAsked((old) => [...new Set([...old, ...namesOf(found)])])
    } finally { setBusy(false) }
  }
  const elsewhere = problem.fields.filter((item) => !fields.some((field) => field.name === item.field))
  return (
    <Dialog label={tr('move_to', { what: stage.label })} class="move-dialog" onClose={onClose}>
      <form class="dialog-body" onSubmit={(event) => void submit(event)} noValidate>
        <p>{tr('move_needs', { what: stage.label })}</p>
        {fields.map((field, index) => {
          const message = problem.about(field.name)
          const filled = drafts[field.name] !== undefined && drafts[field.name] !== '' && drafts[field.name] !== null
          return (
            <div class="field" key={field.name}>
              <label for={`move-${field.name}`}>{field.label} <span aria-hidden="true">*</span></label>
              <FieldInput field={field} entity={entity.name} id={`move-${field.name}`} draft={drafts[field.name] ?? toDraft(field, record[field.name])} autoFocus={index === 0} invalid={!!message && !filled}
                describedBy={message ? `move-${field.name}-error` : undefined} onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
              {message && !filled && <p class="field-error" id={`move-${field.name}-error`}>{message}</p>}
            </div>
          )
        })}
        {elsewhere.map((item) => <p key={item.field} class="field-error" role="alert">{item.detail}</p>)}
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={busy}>{tr('move')}</Button></div>
      </form>
    </Dialog>
  )
}

function namesOf(problem: Problem): string[] { return [...problem.fields.map((item) => item.field), ...(problem.field ? [problem.field] : [])] }
