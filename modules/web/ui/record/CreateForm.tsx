// The form of a new record: what must be filled first, then the usual fields. What the server would
// refuse is said as one types, in its own words; records that look like the same one are offered.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { createRecord, tryRecord } from '../data/records'
import { meta } from '../data/session'
import type { Entity, Field, RecordData } from '../data/types'
import { fromDraft, isEditable, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { useParameter } from '../shell/address'
import { holds } from './conditions'
import { Duplicates } from './Duplicates'
import './record.css'

const PAUSE_MS = 350
interface Props { entity: Entity; preset?: RecordData | undefined; short?: boolean; onMade: (record: RecordData) => void; onCancel: () => void }

/** Drafts of what is filled in beforehand. */
function begin(entity: Entity, preset: RecordData | undefined): Record<string, Draft> {
  return Object.fromEntries(entity.fields.filter((field) => preset?.[field.name] !== undefined).map((field) => [field.name, toDraft(field, preset?.[field.name])]))
}

function choose(entity: Entity, drafts: Record<string, Draft>): Field[] {
  const kept = new Set([entity.pipeline?.since, entity.pipeline?.closed])
  const seen = shownRecord(entity, drafts)
  const editable = entity.fields.filter((field) => isEditable(field) && !field.standard && !kept.has(field.name) && holds(field.visible_when, seen, true))
  const needed = (field: Field): boolean => field.required === true || holds(field.required_when, seen, false)
  return [...editable.filter(needed), ...editable.filter((field) => !needed(field))]
}

function shownRecord(entity: Entity, drafts: Record<string, Draft>): RecordData {
  const currency = meta.value?.company.currency ?? ''
  return { id: '', version: 0, ...Object.fromEntries(entity.fields.flatMap((field) => (drafts[field.name] === undefined ? [] : [[field.name, field.type === 'ref' ? drafts[field.name] : fromDraft(field, drafts[field.name] as Draft, currency)]]))) } as RecordData
}

export function CreateForm({ entity, preset, short, onMade, onCancel }: Props) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() => begin(entity, preset))
  const [problem, setProblem] = useState<unknown>(null)
  const [warned, setWarned] = useState<Problem | null>(null)
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [allHere, setAllHere] = useState(false)
  const [allInAddress, setAllInAddress] = useParameter('all_fields', true)
  const all = short ? allHere : allInAddress === '1'
  const setAll = (shown: boolean): void => { if (short) setAllHere(shown); else setAllInAddress(shown ? '1' : '') }
  const [busy, setBusy] = useState(false)
  const latest = useRef(drafts)
  latest.current = drafts
  const most = short ? 6 : 12
  const ordered = choose(entity, drafts)
  const preferred = short ? [...ordered.filter((field) => preset?.[field.name] !== undefined), ...ordered.filter((field) => preset?.[field.name] === undefined)] : ordered
  const fields = all ? ordered : preferred.slice(0, most)
  const values = (): Record<string, unknown> => Object.fromEntries(ordered.flatMap((field) => {
    const draft = latest.current[field.name]
    return draft === undefined ? [] : [[field.name, fromDraft(field, draft, meta.value?.company.currency ?? '')]]
  }))
  /** By hand: a browser heeds the attribute once a document. */
  const grid = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => grid.current?.querySelector<HTMLElement>('input, select, textarea')?.focus(), [])
  useEffect(() => {
    if (touched.size === 0) return
    const abort = new AbortController()
    const timer = setTimeout(() => { tryRecord(entity, null, values(), abort.signal).then(setWarned, () => {}) }, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [drafts])
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    try { onMade(await createRecord(entity, values())) } catch (error) { setProblem(error) } finally { setBusy(false) }
  }
  const change = (field: Field, draft: Draft): void => {
    setDrafts((old) => ({ ...old, [field.name]: draft }))
    setTouched((old) => new Set(old).add(field.name))
    if (problem instanceof Problem && problem.about(field.name)) setProblem(null)
  }
  const about = (field: Field): string | undefined => (problem instanceof Problem ? problem.about(field.name) : undefined) ?? (touched.has(field.name) ? warned?.about(field.name) : undefined)
  const elsewhere = problem !== null && !fields.some((field) => problem instanceof Problem && problem.about(field.name))
  return (
    <form class="create-form" onSubmit={(event) => void submit(event)} noValidate>
      {elsewhere && <ErrorCard error={problem} />}
      <Duplicates entity={entity} drafts={drafts} />
      <div class="form-grid" ref={grid}>
        {fields.map((field, index) => {
          const message = about(field)
          return (
            <div class={`field${field.type === 'long_text' ? ' wide' : ''}`} key={field.name}>
              <label for={`new-${field.name}`}>{field.label}{(field.required || holds(field.required_when, shownRecord(entity, drafts), false)) && <span aria-hidden="true"> *</span>}</label>
              <FieldInput field={field} entity={entity.name} id={`new-${field.name}`} draft={drafts[field.name] ?? toDraft(field, null)} invalid={message !== undefined} autoFocus={index === 0}
                describedBy={message ? `new-${field.name}-error` : undefined} onDraft={(draft) => change(field, draft)} />
              {message && <p class="field-error" id={`new-${field.name}-error`}>{message}</p>}
            </div>
          )
        })}
      </div>
      {ordered.length > most && <div><Button look="quiet" class="flush" onClick={() => setAll(!all)} aria-expanded={all}>{all ? t('fewer_fields') : t('all_fields')}</Button></div>}
      <div class="form-actions">
        <Button type="submit" look="primary" disabled={busy}>{t('create')}</Button>
        <Button onClick={onCancel}>{t('cancel')}</Button>
      </div>
    </form>
  )
}
