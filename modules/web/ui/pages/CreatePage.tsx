// A new record: what must be filled first, then the usual fields; problems stand beside their field.
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { Problem } from '../data/api'
import { createRecord } from '../data/records'
import { meta } from '../data/session'
import type { Entity, Field } from '../data/types'
import { fromDraft, isEditable, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import { useActions } from '../shell/actions'

const FIRST_FIELDS = 12

export function CreatePage({ entity }: { entity: Entity }) {
  const [, navigate] = useLocation()
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const [problem, setProblem] = useState<unknown>(null)
  const [all, setAll] = useState(false)
  const [busy, setBusy] = useState(false)
  const kept = new Set([entity.pipeline?.since, entity.pipeline?.closed])
  const editable = entity.fields.filter((field) => isEditable(field) && !field.standard && !kept.has(field.name))
  const ordered = [...editable.filter((field) => field.required), ...editable.filter((field) => !field.required)]
  const fields = all ? ordered : ordered.slice(0, FIRST_FIELDS)
  useActions([
    { id: 'create.save', group: 'record', label: t('create'), keys: 'Mod+Enter', always: true, run: () => document.querySelector<HTMLFormElement>('.form-page')?.requestSubmit() },
    { id: 'create.back', group: 'record', label: t('back'), keys: 'Escape', icon: 'list', run: () => navigate(`/${entity.name}`) },
  ])

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      const values: Record<string, unknown> = {}
      for (const field of editable) {
        const draft = drafts[field.name]
        if (draft !== undefined) values[field.name] = fromDraft(field, draft, meta.value?.company.currency ?? '')
      }
      const record = await createRecord(entity, values)
      navigate(`/${entity.name}/${record.id}`)
    } catch (error) { setProblem(error) } finally { setBusy(false) }
  }
  const about = (field: Field): string | undefined => (problem instanceof Problem ? problem.about(field.name) : undefined)
  const elsewhere = problem !== null && !fields.some((field) => about(field))

  return (
    <div class="page">
      <TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }, { text: t('new', { what: entity.label }) }]} />
      <main id="main">
        <form class="form-page" onSubmit={(event) => void submit(event)} noValidate>
          <h1>{t('new', { what: entity.label })}</h1>
          {elsewhere && <ErrorCard error={problem} />}
          <div class="form-grid">
            {fields.map((field, index) => {
              const message = about(field)
              return (
                <div class={`field${field.type === 'long_text' ? ' wide' : ''}`} key={field.name}>
                  <label for={`new-${field.name}`}>{field.label}{field.required && <span aria-hidden="true"> *</span>}</label>
                  <FieldInput field={field} entity={entity.name} id={`new-${field.name}`} draft={drafts[field.name] ?? toDraft(field, null)} invalid={message !== undefined} autoFocus={index === 0}
                    describedBy={message ? `new-${field.name}-error` : undefined} onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
                  {message && <p class="field-error" id={`new-${field.name}-error`}>{message}</p>}
                </div>
              )
            })}
          </div>
          {ordered.length > FIRST_FIELDS && <div><Button look="quiet" onClick={() => setAll(!all)} aria-expanded={all}>{all ? t('fewer_fields') : t('all_fields')}</Button></div>}
          <div class="form-actions">
            <Button type="submit" look="primary" disabled={busy}>{t('create')}</Button>
            <Button onClick={() => navigate(`/${entity.name}`)}>{t('cancel')}</Button>
          </div>
        </form>
      </main>
    </div>
  )
}
