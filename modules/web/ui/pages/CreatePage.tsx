// A new record on a page of its own; the address may fill fields beforehand (/contact/new?source=call).
import { useLocation, useSearchParams } from 'wouter-preact'
import type { Entity, RecordData, Value } from '../data/types'
import { t } from '../locale/i18n'
import { CreateForm } from '../record/CreateForm'
import { TopBar } from '../shell/TopBar'
import { useActions } from '../shell/actions'
import '../record/record.css'

/** References as "id" or "id:title". */
function presetOf(entity: Entity, address: URLSearchParams): RecordData {
  const values = entity.fields.flatMap((field): [string, Value][] => {
    const text = address.get(field.name)
    if (text === null) return []
    const [, id = text, title = ''] = /^(\d+):(.*)$/.exec(text) ?? []
    return [[field.name, field.type === 'ref' ? { id, title } : text]]
  })
  return { id: '', version: 0, ...Object.fromEntries(values) }
}

export function CreatePage({ entity }: { entity: Entity }) {
  const [, navigate] = useLocation()
  const [address] = useSearchParams()
  useActions([
    { id: 'create.save', group: 'record', label: t('create'), keys: 'Mod+Enter', always: true, run: () => document.querySelector<HTMLFormElement>('.create-form')?.requestSubmit() },
    { id: 'create.back', group: 'record', label: t('back'), keys: 'Escape', icon: 'list', run: () => navigate(`/${entity.name}`) },
  ])
  return (
    <div class="page">
      <TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }, { text: t('new', { what: entity.label }) }]} />
      <main id="main" class="form-page">
        <h1>{t('new', { what: entity.label })}</h1>
        <CreateForm entity={entity} preset={presetOf(entity, address)} onMade={(record) => navigate(`/${entity.name}/${record.id}`)} onCancel={() => navigate(`/${entity.name}`)} />
      </main>
    </div>
  )
}
