// A lead that becomes business: what is made of it is chosen in a dialog, and the server does it as one change.
import { Button, ErrorCard, ReferencePicker, h, language, notify, openDialog, request, useState } from '@perigee/ui'

const says = (en, ru) => (language.value === 'ru' ? ru : en)
const parts = [
  ['organization', () => says('Organization', 'Организация'), (lead) => lead.organization_name],
  ['contact', () => says('Contact', 'Контакт'), (lead) => lead.name],
  ['deal', () => says('Deal', 'Сделка'), (lead) => lead.interest ?? lead.organization_name ?? lead.name],
]

function Part({ entity, label, name, wish, onWish }) {
  const id = `convert-${entity}`
  return h('div', { class: 'field' },
    h('label', { for: id }, label),
    h('select', { id, class: 'input', value: wish.kind, onChange: (event) => onWish({ kind: event.currentTarget.value, record: null }) },
      name && h('option', { value: 'make' }, entity === 'deal' ? says(`Make “${name}”`, `Создать «${name}»`) : says(`Find “${name}”, else make it`, `Найти «${name}», а если нет — создать`)),
      h('option', { value: 'given' }, says('Take one that is there', 'Взять существующую запись')),
      h('option', { value: 'none' }, says('None', 'Не нужно'))),
    wish.kind === 'given' && h(ReferencePicker, { id: `${id}-record`, entity, label, value: wish.record, autoFocus: true, onPick: (record) => onWish({ kind: 'given', record }) }))
}

function Conversion({ context, close }) {
  const lead = context.record
  const [wishes, setWishes] = useState(() => Object.fromEntries(parts.map(([entity, , nameOf]) => [entity, { kind: nameOf(lead) ? 'make' : 'none', record: null }])))
  const [problem, setProblem] = useState(null)
  const [busy, setBusy] = useState(false)
  const lacks = parts.some(([entity]) => wishes[entity].kind === 'given' && !wishes[entity].record)
  const convert = async (event) => {
    event.preventDefault()
    setBusy(true)
    const body = Object.fromEntries(parts.map(([entity]) => { const { kind, record } = wishes[entity]; return [entity, kind === 'given' ? record.id : kind === 'make'] }))
    try {
      const { body: made } = await request('POST', `records/lead/${lead.id}/convert`, { body })
      close()
      notify(says(`“${lead.name}” converted`, `«${lead.name}» - конвертирован`), made.changeset)
      const next = ['deal', 'contact', 'organization'].find((entity) => made[entity])
      if (next) context.navigate(`/${next}/${made[next]}`)
      else await context.refresh()
    } catch (error) { setProblem(error); setBusy(false) }
  }
  return h('form', { class: 'dialog-body', onSubmit: convert },
    parts.map(([entity, labelOf, nameOf]) => h(Part, { key: entity, entity, label: labelOf(), name: nameOf(lead), wish: wishes[entity], onWish: (wish) => setWishes({ ...wishes, [entity]: wish }) })),
    problem && h(ErrorCard, { error: problem }),
    h('div', { class: 'actions' },
      h(Button, { onClick: close }, says('Cancel', 'Отмена')),
      h(Button, { type: 'submit', look: 'primary', disabled: busy || lacks }, says('Convert', 'Конвертировать'))))
}

/** record.action */
export function convert(context) {
  openDialog(says('Convert the lead', 'Конвертировать лид'), ({ close }) => h(Conversion, { context, close }))
}
