// The editor of one field, by its type.
import { directory, meta, pipelines } from '../data/session'
import type { Field, Labelled, Reference, Value } from '../data/types'
import { Slot, slotOf } from '../extend/slots'
import { t } from '../locale/i18n'
import { Button } from '../kit/Button'
import { X } from 'lucide-preact'
import type { Draft } from './draft'
import { ReferencePicker } from './ReferencePicker'

export interface FieldInputProps {
  field: Field
  entity: string
  id: string
  draft: Draft
  invalid?: boolean
  autoFocus?: boolean
  describedBy?: string | undefined
  onDraft: (draft: Draft) => void
  onDone?: ((draft: Draft) => void) | undefined
}

export function FieldInput(props: FieldInputProps) {
  const { field, entity, draft, onDraft } = props
  const own = slotOf('field', entity, field.name)
  if (own) return <Slot view={own} field={field.name} value={draft as Value} onChange={(value) => onDraft(value as Draft)} otherwise={<PlainInput {...props} />} />
  return <PlainInput {...props} />
}

function PlainInput(props: FieldInputProps) {
  const { field, entity, id, draft, invalid, autoFocus, describedBy, onDraft, onDone } = props
  const common = {
    id,
    class: 'input',
    autoFocus: autoFocus ?? false,
    'aria-invalid': invalid ? ('true' as const) : undefined,
    'aria-describedby': describedBy,
  }
  const pick = (value: Draft): void => { onDraft(value); onDone?.(value) }
  const type = (event: { currentTarget: { value: string } }): void => onDraft(event.currentTarget.value)
  if (field.type === 'labelled') return <LabelledInput {...props} />
  if (field.type === 'boolean')
    return <input id={id} type="checkbox" checked={draft === true} onChange={(event) => pick(event.currentTarget.checked)} aria-describedby={describedBy} />
  if (field.ref === 'stage' || field.ref === 'pipeline') {
    const options = field.ref === 'pipeline' ? pipelines(entity) : pipelines(entity).flatMap((pipeline) => pipeline.stages)
    return (
      <select {...common} value={(draft as Reference | null)?.id ?? ''} onChange={(event) => {
        const chosen = options.find((option) => option.id === event.currentTarget.value)
        pick(chosen ? { id: chosen.id, title: chosen.label } : null)
      }}>
        <option value=""></option>
        {options.map((option) => <option value={option.id} key={option.id}>{option.label}</option>)}
      </select>
    )
  }
  if (field.type === 'ref' && field.ref)
    return <ReferencePicker id={id} entity={field.ref} value={draft as Reference | null} label={field.label} invalid={invalid ?? false} autoFocus={autoFocus ?? false} describedBy={describedBy} onPick={pick} onLeave={onDone ? () => onDone(draft) : undefined} />
  if (field.type === 'choice')
    return (
      <select {...common} value={String(draft ?? '')} onChange={(event) => pick(event.currentTarget.value)}>
        <option value=""></option>
        {directory(field.directory)?.items.filter((item) => !item.inactive || item.code === draft).map((item) => <option value={item.code} key={item.code}>{item.label}</option>)}
      </select>
    )
  if (field.type === 'long_text')
    return <textarea {...common} value={String(draft ?? '')} onInput={type} rows={4} maxLength={field.max_length} />
  if (field.type === 'date') return <input {...common} type="date" value={String(draft ?? '')} onInput={type} />
  if (field.type === 'time') return <input {...common} type="datetime-local" value={String(draft ?? '')} onInput={type} />
  const numeric = field.type === 'integer' || field.type === 'decimal' || field.type === 'money'
  return (
    <input {...common} type="text" value={String(draft ?? '')} onInput={type} inputMode={numeric ? 'decimal' : undefined}
      maxLength={field.max_length} placeholder={field.type === 'money' ? meta.value?.company.currency : undefined} autocomplete="off" />
  )
}

const inputTypes = { email: 'email', phone: 'tel', text: 'text', address: 'text', messenger: 'text' } as const

/** Several e-mails, phones or the like, each with a label; the first is the primary one. */
function LabelledInput({ field, id, draft, invalid, onDraft }: FieldInputProps) {
  const items = (draft as Labelled[]).length ? (draft as Labelled[]) : [{ value: '' }]
  const change = (index: number, part: Partial<Labelled>): void => onDraft(items.map((item, i) => (i === index ? { ...item, ...part } : item)))
  return (
    <div class="items">
      {items.map((item, index) => (
        <div class="row" key={index}>
          <input id={index === 0 ? id : `${id}-${index}`} class="input" type={inputTypes[field.kind ?? 'text']} value={item.value} aria-invalid={invalid ? 'true' : undefined}
            aria-label={index === 0 ? undefined : field.label} onInput={(event) => change(index, { value: event.currentTarget.value })} autocomplete="off" />
          <Button look="quiet" icon aria-label={`${t('remove')}: ${field.label} ${index + 1}`} onClick={() => onDraft(items.filter((_, i) => i !== index))}><X size={14} aria-hidden="true" /></Button>
        </div>
      ))}
      <div><Button look="quiet" class="flush" onClick={() => onDraft([...items, { value: '' }])}>{t('add')}</Button></div>
    </div>
  )
}
