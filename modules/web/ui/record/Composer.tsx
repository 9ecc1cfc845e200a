// Writes down what was done or is to be done: one line until it is needed, then the form of the chosen
// kind. Which one is open stands in the address (?compose=call), so keys, menus and links open it.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Problem, request } from '../data/api'
import { meta } from '../data/session'
import { offerUndo } from '../data/undo'
import { isReference, type Entity, type Field, type RecordData, type Reference } from '../data/types'
import { fromDraft, toClock, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Keys } from '../kit/Keys'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { useActions, type Action } from '../shell/actions'
import { useParameter } from '../shell/address'
import { ACTIVITY, activities, formOf, forms, subjectOf, type Form } from './activity'
import { labelOf } from './ActivityEvent'
import { LinksInput } from './LinksInput'
import { MentionInput } from './MentionInput'
import { pickFiles } from './attachments'

interface Props { entity: Entity; record: RecordData; onWritten: () => void }

export function useCompose(): { open: string; compose: (kind: string) => void } {
  const [open, compose] = useParameter('compose', true)
  return { open, compose }
}

export function Composer({ entity, record, onWritten }: Props) {
  const { open, compose } = useCompose()
  const own = activities()
  const canWrite = own?.can.create === true
  const actions = forms.map((form): Action => ({
    id: `compose.${form.kind}`, group: 'record', label: tr('compose', { what: labelOf(ACTIVITY, 'kind', form.kind) }), icon: form.icon,
    when: () => canWrite, run: () => { compose(form.kind); focusComposer() }, ...(form.keys ? { keys: form.keys } : {}),
  }))
  useActions(actions)
  if (!canWrite) return null
  if (open && formOf(open)) return <ComposerForm key={open} form={formOf(open)} own={own} about={{ id: record.id, entity: entity.name }} compose={compose} onWritten={onWritten} />
  return (
    <div class="composer">
      <button type="button" class="composer-line" onClick={() => compose('note')}><span class="grow">{tr('composer_hint')}</span><Keys keys="n" /></button>
      <div class="composer-kinds">
        {forms.filter((form) => form.kind !== 'note').map((form) => (
          <Button key={form.kind} look="quiet" icon aria-label={labelOf(ACTIVITY, 'kind', form.kind)} title={labelOf(ACTIVITY, 'kind', form.kind)} onClick={() => compose(form.kind)}><Icon name={form.icon} size={15} /></Button>
        ))}
        <Button look="quiet" icon aria-label={tr('attach')} title={tr('attach')} onClick={() => pickFiles(entity.name, record.id)}><Icon name="paperclip" size={15} /></Button>
      </div>
    </div>
  )
}

const focusComposer = (): void => { requestAnimationFrame(() => document.querySelector<HTMLElement>('.composer.open textarea, .composer.open input')?.focus()) }

const HOUR_MS = 3_600_000
const QUARTER_MS = 900_000
/** What a form begins with: the next full hour for a meeting, now for what was done. */
function initial(form: Form): Record<string, Draft> {
  const now = Math.floor(Date.now() / QUARTER_MS) * QUARTER_MS
  const hour = Math.ceil((Date.now() + 1) / HOUR_MS) * HOUR_MS
  const at = (ms: number): string => toClock(new Date(ms).toISOString())
  const user = meta.peek()?.user
  return {
    ...(form.fields.includes('starts_at') ? { starts_at: at(hour), ends_at: at(hour + HOUR_MS) } : {}),
    ...(form.fields.includes('done_at') ? { done_at: at(now) } : {}),
    ...(form.fields.includes('direction') ? { direction: 'outgoing' } : {}),
    ...(form.fields.includes('owner') && user ? { owner: { id: user.id, title: user.name || user.login } } : {}),
  }
}

interface FormProps { form: Form; own: Entity; about: Reference; compose: (kind: string) => void; onWritten: () => void }

function ComposerForm({ form, own, about, compose, onWritten }: FormProps) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() => initial(form))
  const [people, setPeople] = useState<Reference[]>([])
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const box = useRef<HTMLFormElement>(null)
  const fields = form.fields.flatMap((name) => own.fields.find((field) => field.name === name) ?? [])
  const kindLabel = labelOf(ACTIVITY, 'kind', form.kind)
  useLayoutEffect(() => { box.current?.querySelector<HTMLElement>('textarea, input')?.focus() }, [])
  const set = (name: string, draft: Draft): void => setDrafts((old) => ({ ...old, [name]: draft }))
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    try {
      const { body, changeset } = await request<RecordData>('POST', `records/${ACTIVITY}`, { body: valuesOf(form, fields, drafts, people, about, kindLabel) })
      offerUndo(t('created', { what: String(body[own.title] ?? kindLabel) }), changeset, onWritten)
      compose('')
      onWritten()
    } catch (error) { setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) })) } finally { setBusy(false) }
  }
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.defaultPrevented) { event.stopPropagation(); compose(''); document.querySelector<HTMLElement>('.composer-line')?.focus() }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void submit(event) }
  }
  const elsewhere = problem && !fields.some((field) => problem.about(field.name))
  return (
    <form class="composer open" ref={box} onSubmit={(event) => void submit(event)} onKeyDown={keys} noValidate aria-label={tr('compose', { what: kindLabel })}>
      <div class="composer-tabs" role="group" aria-label={tr('show_kind')}>
        {forms.map((item) => <button key={item.kind} type="button" aria-pressed={item.kind === form.kind} onClick={() => compose(item.kind)}><Icon name={item.icon} size={13} />{labelOf(ACTIVITY, 'kind', item.kind)}</button>)}
      </div>
      <div class="composer-fields">
        {fields.map((field) => {
          const message = problem?.about(field.name)
          const id = `compose-${field.name}`
          const common = { id, invalid: message !== undefined, describedBy: message ? `${id}-error` : undefined }
          return (
            <div key={field.name} class={`field${form.wide.includes(field.name) ? ' wide' : ''}`}>
              <label for={id} class={field.name === 'body' || field.name === 'subject' ? 'visually-hidden' : ''}>{labelFor(field)}</label>
              {field.name === 'body' ? <MentionInput {...common} text={String(drafts['body'] ?? '')} rows={form.kind === 'note' ? 3 : 2} placeholder={form.kind === 'note' ? tr('composer_hint') : field.label} people={people} onPeople={setPeople} onText={(text) => set('body', text)} />
                : field.type === 'links' ? <LinksInput id={id} field={field} value={(drafts[field.name] ?? []) as Reference[]} onChange={(value) => set(field.name, value)} />
                : field.name === 'subject' ? <input id={id} class="input" value={String(drafts['subject'] ?? '')} placeholder={form.past ? kindLabel : tr('what_to_do')} aria-invalid={common.invalid || undefined} aria-describedby={common.describedBy} onInput={(event) => set('subject', event.currentTarget.value)} autocomplete="off" />
                : field.name === 'duration_seconds' ? <input id={id} class="input" inputMode="decimal" value={String(drafts['duration_seconds'] ?? '')} aria-invalid={common.invalid || undefined} aria-describedby={common.describedBy} onInput={(event) => set('duration_seconds', event.currentTarget.value)} autocomplete="off" />
                : <FieldInput {...common} field={field} entity={ACTIVITY} draft={drafts[field.name] ?? toDraft(field, null)} onDraft={(draft) => set(field.name, draft)} />}
              {message && <p class="field-error" id={`${id}-error`} role="alert">{message}</p>}
            </div>
          )
        })}
      </div>
      {elsewhere && <p class="field-error" role="alert">{problem.message}</p>}
      <div class="form-actions">
        <Button type="submit" look="primary" disabled={busy}>{form.past ? tr('write_down') : t('create')} <Keys keys="Mod+Enter" /></Button>
        <Button look="quiet" onClick={() => compose('')}>{t('cancel')}</Button>
      </div>
    </form>
  )
}

/** Durations are typed in minutes. */
function labelFor(field: Field): string { return field.name === 'duration_seconds' ? tr('duration_minutes') : field.label }

function minutes(text: string): unknown {
  const value = Number(text.replace(',', '.'))
  return text.trim() === '' ? null : Number.isFinite(value) ? Math.round(value * 60) : text
}

function valuesOf(form: Form, fields: Field[], drafts: Record<string, Draft>, people: Reference[], about: Reference, kindLabel: string): Record<string, unknown> {
  const values: Record<string, unknown> = { kind: form.kind, about }
  for (const field of fields) {
    const draft = drafts[field.name]
    if (draft === undefined || draft === '') continue
    values[field.name] = field.name === 'duration_seconds' ? minutes(String(draft)) : field.type === 'links' ? (draft as Reference[]).map((item) => item.id) : fromDraft(field, draft, '')
  }
  const text = String(drafts['body'] ?? '')
  if (form.past) {
    values['status'] = 'done'
    if (!values['subject']) values['subject'] = form.kind === 'note' && !text.trim() ? '' : subjectOf(text, kindLabel)
    if (form.kind === 'note' && values['subject'] === text.trim()) delete values['body']
  }
  if (form.kind === 'meeting' && !values['subject']) values['subject'] = kindLabel
  const named = people.filter((person) => isReference(person) && text.includes(`@${person.title}`))
  if (named.length) values['mentions'] = named.map((person) => person.id)
  return values
}
