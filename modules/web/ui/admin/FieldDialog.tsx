// A field or a kind of record as people define it: label, type, what is asked of values.
import { useState } from 'preact/hooks'
import { meta } from '../data/session'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import type { Definition, Registered } from './Fields'
import { labelOf } from './Fields'
import type { Change } from './plan'
import { called, ta } from './texts'

const types = ['text', 'long_text', 'integer', 'decimal', 'money', 'boolean', 'date', 'time', 'choice', 'ref'] as const
const flags = ['required', 'unique', 'search'] as const
interface FieldDialogProps { entity: string; what: Registered | 'field' | 'entity'; onClose: (change: Change | null) => void }

export function FieldDialog({ entity, what, onClose }: FieldDialogProps) {
  const known = typeof what === 'object' ? what : null
  const label = known && typeof known.definition.label === 'object' ? known.definition.label : { en: known ? labelOf(known.definition, known.name) : '', ru: '' }
  const [en, setEn] = useState(label.en ?? '')
  const [ru, setRu] = useState(label.ru ?? '')
  const [name, setName] = useState(known?.name ?? '')
  const [type, setType] = useState(known?.definition.type ?? 'text')
  const [set, setSet] = useState({ required: known?.definition.required ?? false, unique: known?.definition.unique ?? false, search: known?.definition.search ?? false })
  const [about, setAbout] = useState(String(known?.definition['directory'] ?? known?.definition['entity'] ?? ''))
  const own = !known || known.owner === 'admin'
  const title = known ? labelOf(known.definition, known.name) : what === 'entity' ? ta('add_entity') : ta('add_field')
  const labels = { en, ...(ru ? { ru } : {}) }
  const submit = (event: Event): void => {
    event.preventDefault()
    if (what === 'entity') {
      onClose({ method: 'PUT', path: `schema/entities/${name}`, title, body: { label: labels, label_plural: labels, title: 'name', icon: 'circle', fields: { name: { type: 'text', label: { en: 'Name', ru: 'Название' }, required: true, search: true, sort: true } } } })
      return
    }
    const told = Object.fromEntries(flags.filter((flag) => set[flag] || known?.definition[flag]).map((flag) => [flag, set[flag]]))
    const kind: Partial<Definition> = { type, ...(type === 'choice' ? { directory: about } : type === 'ref' ? { entity: about } : {}) }
    const body = own ? { ...(known?.definition ?? {}), ...kind, ...told, label: labels, ...(known && name !== known.name ? { was: known.name } : {}) } : { ...told, label: labels }
    onClose({ method: 'PUT', path: `schema/entities/${entity}/fields/${name}`, title, body })
  }
  const choices: [string, string][] = type === 'choice' ? (meta.value?.directories ?? []).map((item) => [item.name, item.label]) : (meta.value?.entities ?? []).filter((item) => !item.child_of).map((item) => [item.name, item.label])
  return (
    <Dialog label={title} onClose={() => onClose(null)}>
      <form class="dialog-body" onSubmit={submit}>
        <div class="field"><label for="field-en">{ta('label_en')}</label><input id="field-en" class="input" autofocus required maxLength={100} value={en} onInput={(event) => setEn(event.currentTarget.value)} autocomplete="off" /></div>
        <div class="field"><label for="field-ru">{ta('label_ru')}</label><input id="field-ru" class="input" maxLength={100} value={ru} onInput={(event) => setRu(event.currentTarget.value)} autocomplete="off" /></div>
        {own && <div class="field"><label for="field-code">{ta('name_code')}</label><input id="field-code" class="input code" required pattern="[a-z][a-z0-9_]*" title={ta('name_hint')} placeholder={ta('name_hint')} maxLength={60} value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" /></div>}
        {own && what !== 'entity' && (
          <div class="field"><label for="field-type">{ta('type')}</label>
            <select id="field-type" class="input" value={type} onChange={(event) => { setType(event.currentTarget.value); setAbout('') }}>{types.map((item) => <option key={item} value={item}>{called('type', item)}</option>)}{!types.some((item) => item === type) && <option value={type}>{called('type', type)}</option>}</select></div>
        )}
        {own && what !== 'entity' && (type === 'choice' || type === 'ref') && (
          <div class="field"><label for="field-about">{type === 'choice' ? ta('directory') : ta('entity')}</label>
            <select id="field-about" class="input" required value={about} onChange={(event) => setAbout(event.currentTarget.value)}><option value="" />{choices.map(([code, text]) => <option key={code} value={code}>{text}</option>)}</select></div>
        )}
        {what !== 'entity' && flags.map((flag) => <label class="check" key={flag}><input type="checkbox" checked={set[flag]} onChange={(event) => setSet({ ...set, [flag]: event.currentTarget.checked })} />{ta(flag)}</label>)}
        <div class="actions"><Button onClick={() => onClose(null)}>{t('cancel')}</Button><Button type="submit" look="primary">{t('next')}</Button></div>
      </form>
    </Dialog>
  )
}
