// What a stage wants to know on the move: a reason, or the fields that the server named.
import { useState } from 'preact/hooks'
import { meta } from '../data/session'
import { isMoney, type Entity, type Field } from '../data/types'
import { fromDraft, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { titleOf } from '../pages/columns'
import type { Asking } from './mover'
import { tb } from './texts'

export function MoveDialog({ entity, asking }: { entity: Entity; asking: Asking }) {
  const { record, stage, fields, messages, optional } = asking
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() => Object.fromEntries(fields.map((field) => [field.name, toDraft(field, record[field.name])])))
  const currency = (field: Field): string => { const value = record[field.name]; return isMoney(value) ? value.currency : meta.value?.company.currency ?? '' }
  const save = (event: Event): void => {
    event.preventDefault()
    asking.answer(Object.fromEntries(fields.flatMap((field) => {
      const draft = drafts[field.name] ?? ''
      return optional && (draft === '' || draft === null) ? [] : [[field.name, fromDraft(field, draft, currency(field))]]
    })))
  }
  return (
    <Dialog label={tb('move_title', { stage: stage.label })} onClose={() => asking.answer(null)}>
      <form class="dialog-body" noValidate onSubmit={save}>
        <p class="hint">{titleOf(entity, record)}</p>
        {fields.map((field, index) => {
          const id = `move-${field.name}`
          const message = messages[field.name]
          return (
            <div class="field" key={field.name}>
              <label for={id}>{field.label}{!optional && <span aria-hidden="true"> *</span>}</label>
              <FieldInput field={field} entity={entity.name} id={id} draft={drafts[field.name] ?? ''} autoFocus={index === 0} invalid={message !== undefined} describedBy={message ? `${id}-error` : undefined}
                onDraft={(draft) => setDrafts((old) => ({ ...old, [field.name]: draft }))} />
              {message && <p class="field-error" id={`${id}-error`}>{message}</p>}
            </div>
          )
        })}
        <div class="actions"><Button onClick={() => asking.answer(null)}>{t('cancel')}</Button><Button type="submit" look="primary">{tb('move')}</Button></div>
      </form>
    </Dialog>
  )
}
