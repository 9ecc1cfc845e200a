// The form of an action: its fields as those of a record are edited; what the server says of one stands beside it.
import { useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { meta } from '../data/session'
import type { Field, FieldType, ScriptAction, ValueType } from '../data/types'
import { fromDraft, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'

const values: Partial<Record<FieldType, ValueType>> = { integer: 'int', decimal: 'decimal', money: 'money', boolean: 'bool', date: 'date', time: 'time', ref: 'id' }
const fieldOf = (field: ScriptAction['form'][number]): Field => ({ ...field, value: values[field.type] ?? 'text' })

export interface ActionFormProps { action: ScriptAction; onClose: () => void; onSend: (form: Record<string, unknown>) => Promise<void> }

export function ActionForm({ action, onClose, onSend }: ActionFormProps) {
  const fields = action.form.map(fieldOf)
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const draftOf = (field: Field): Draft => drafts[field.name] ?? toDraft(field, null)
  const about = (field: Field): string | undefined => (problem instanceof Problem ? problem.about(field.name) : undefined)
  const whole = problem !== null && !fields.some(about) ? (problem instanceof Problem ? problem.message : String(problem)) : ''
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    const given = fields.map((field): [string, unknown] => [field.name, fromDraft(field, draftOf(field), meta.value?.company.currency ?? '')])
    try {
      await onSend(Object.fromEntries(given.filter(([, value]) => value !== null)))
      onClose()
    } catch (error) { setProblem(error); setBusy(false) }
  }
  return (
    <form class="dialog-body" onSubmit={(event) => void submit(event)}>
      {action.help && <p class="hint">{action.help}</p>}
      {fields.map((field, index) => {
        const id = `action-${field.name}`
        const message = about(field)
        const note = message ? `${id}-error` : field.help ? `${id}-help` : undefined
        return (
          <div class="field" key={field.name}>
            <label for={id}>{field.label}{field.required && <span aria-hidden="true"> *</span>}</label>
            <FieldInput field={field} entity="" id={id} draft={draftOf(field)} invalid={message !== undefined} autoFocus={index === 0} describedBy={note} onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
            {message ? <p class="field-error" id={`${id}-error`} role="alert">{message}</p> : field.help && <p class="hint" id={`${id}-help`}>{field.help}</p>}
          </div>
        )
      })}
      {whole && <p class="field-error" role="alert">{whole}</p>}
      <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={busy}>{action.label}</Button></div>
    </form>
  )
}
