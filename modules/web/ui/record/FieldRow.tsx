// One field of a record, edited where it stands: Enter or a click opens, Enter saves, Escape leaves. What
// the server would refuse is said while one types; a value that another record has is warned of.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { History, Pencil } from 'lucide-preact'
import { Problem } from '../data/api'
import { tryRecord } from '../data/records'
import { isMoney, type Entity, type Field, type RecordData } from '../data/types'
import { fromDraft, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { FieldValue } from '../field/FieldValue'
import { formatValue } from '../format/format'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { Duplicates } from './Duplicates'

interface Props {
  entity: Entity
  record: RecordData
  field: Field
  editable: boolean
  needed: boolean
  currency: string
  onSave: (field: Field, base: RecordData, value: unknown, shown: RecordData[string]) => Promise<void>
  onHistory: () => void
}

const PAUSE_MS = 350
const picks = new Set(['choice', 'ref', 'boolean'])

export function FieldRow({ entity, record, field, editable, needed, currency, onSave, onHistory }: Props) {
  const [editing, setEditing] = useState(false)
  const [draft, setDraft] = useState<Draft>('')
  const [message, setMessage] = useState<string | null>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const returnFocus = useRef(false)
  const base = useRef(record)
  const value = record[field.name]
  const inputId = `field-${field.name}`

  useLayoutEffect(() => {
    if (!editing && returnFocus.current) { returnFocus.current = false; opener.current?.focus() }
    if (editing) document.getElementById(inputId)?.focus()
  }, [editing])

  const open = (): void => {
    if (!editable) return
    base.current = record
    setDraft(toDraft(field, value))
    setMessage(null)
    setEditing(true)
  }
  const close = (): void => { returnFocus.current = true; setEditing(false); setMessage(null) }
  const save = async (chosen: Draft): Promise<void> => {
    const wire = fromDraft(field, chosen, isMoney(value) ? value.currency : currency)
    if (JSON.stringify(chosen) === JSON.stringify(toDraft(field, base.current[field.name]))) { close(); return }
    try {
      await onSave(field, base.current, wire, field.type === 'ref' ? (chosen as RecordData[string]) : (wire as RecordData[string]))
      close()
    } catch (error) {
      setMessage(error instanceof Problem ? error.about(field.name) ?? error.message : String(error))
    }
  }
  useEffect(() => { // the server's word on what stands in the box, before it is sent for good
    if (!editing || picks.has(field.type) || JSON.stringify(draft) === JSON.stringify(toDraft(field, base.current[field.name]))) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      tryRecord(entity, record.id, { [field.name]: fromDraft(field, draft, isMoney(value) ? value.currency : currency) }, abort.signal)
        .then((problem) => setMessage(problem?.about(field.name) ?? null), () => {})
    }, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [draft, editing])
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') { event.stopPropagation(); close() }
    if (event.key === 'Enter' && !event.shiftKey && field.type !== 'long_text' && !picks.has(field.type)) { event.preventDefault(); void save(draft) }
  }

  if (editing)
    return (
      <>
        <dt><label for={inputId}>{field.label}{needed && <span aria-hidden="true"> *</span>}</label></dt>
        <dd class="editing" onKeyDown={keys}>
          <FieldInput field={field} entity={entity.name} id={inputId} draft={draft} invalid={message !== null} autoFocus onDraft={setDraft}
            describedBy={message ? `${inputId}-error` : undefined} onDone={picks.has(field.type) ? (chosen) => void save(chosen) : undefined} />
          {message && <p class="field-error" id={`${inputId}-error`} role="alert">{message}</p>}
          <Duplicates entity={entity} drafts={{ [field.name]: draft }} except={record.id} />
          {!picks.has(field.type) && (
            <div class="form-actions">
              <Button look="primary" onClick={() => void save(draft)}>{t('save')}</Button>
              <Button look="quiet" onClick={close}>{t('cancel')}</Button>
            </div>
          )}
        </dd>
      </>
    )
  const blank = formatValue(field, value) === ''
  const interactive = !blank && (field.type === 'labelled' || field.type === 'links' || field.type === 'ref' || field.name === 'website')
  const hint = <span class="visually-hidden">{t('edit')}: {field.label} </span>
  return (
    <>
      <dt class={needed && blank ? 'needed' : undefined}>{field.label}</dt>
      <dd class={editable ? 'editable' : undefined} data-field={field.name}>
        <button type="button" class="history-button" aria-label={tr('history_of', { what: field.label })} title={tr('history_of', { what: field.label })} onClick={onHistory}><History size={12} aria-hidden="true" /></button>
        {editable && interactive && (
          <div class="with-edit">
            <div><FieldValue field={field} value={value} /></div>
            <button ref={opener} type="button" class="edit-button" onClick={open}>{hint}<Pencil size={12} aria-hidden="true" /></button>
          </div>
        )}
        {editable && !interactive && (
          <button ref={opener} type="button" class="cell-button" onClick={open}>
            {hint}{blank ? <span class="blank">{t('blank')}</span> : <FieldValue field={field} value={value} plain />}
          </button>
        )}
        {!editable && (blank ? <span class="blank">—</span> : <FieldValue field={field} value={value} />)}
      </dd>
    </>
  )
}
