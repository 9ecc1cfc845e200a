// Kinds of records and their fields: made, renamed, hidden, brought back, deleted; each change is planned
// first and its plan shown.
import { useEffect, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { MoreHorizontal, Plus } from 'lucide-preact'
import { get } from '../data/api'
import { entity as findEntity, meta } from '../data/session'
import { sayProblem } from '../data/undo'
import { language, t } from '../locale/i18n'
import { Button } from '../kit/Button'
import { Menu, type MenuItem } from '../kit/Menu'
import { Tag } from '../kit/Tag'
import { EntityDialog } from './EntityDialog'
import { FieldDialog } from './FieldDialog'
import { PlanDialog } from './PlanDialog'
import type { Change } from './plan'
import { called, ta } from './texts'

export interface Definition { type: string; label?: string | { en?: string; ru?: string }; required?: boolean; unique?: boolean; search?: boolean; [key: string]: unknown }
export interface Registered { name: string; owner: string; state: string; definition: Definition }
interface Kind { name: string; owner: string; state: string; fields: Registered[] }

export function labelOf(definition: Definition, otherwise: string): string {
  const { label } = definition
  return typeof label === 'string' ? label : label?.[language.value] ?? label?.en ?? otherwise
}

export function Fields() {
  const [parameters, setParameters] = useSearchParams()
  const [kind, setKind] = useState<Kind | null>(null)
  const [editing, setEditing] = useState<Registered | 'field' | 'entity' | null>(null)
  const [change, setChange] = useState<Change | null>(null)
  const [naming, setNaming] = useState(false)
  const names = (meta.value?.entities ?? []).filter((entity) => !entity.system && !entity.child_of && entity.can.read)
  const of = parameters.get('of') ?? names[0]?.name ?? ''
  const load = (): void => { if (of) get<Kind>(`schema/entities/${of}`).then(setKind, sayProblem) }
  useEffect(load, [of])
  const path = (field: string): string => `schema/entities/${of}/fields/${field}`
  const items = (field: Registered): MenuItem[] => {
    const title = `${labelOf(field.definition, field.name)}`
    if (field.state === 'hidden') return [
      { label: ta('reopen'), run: () => setChange({ method: 'PUT', path: path(field.name), body: field.definition, title }) },
      { label: ta('recycle'), danger: true, run: () => setChange({ method: 'DELETE', path: path(field.name), query: { recycle: '1' }, title }) },
    ]
    return [
      { label: t('edit'), run: () => setEditing(field) },
      ...(field.owner === 'admin' ? [
        { label: ta('hide'), section: true as const, run: () => setChange({ method: 'DELETE', path: path(field.name), title }) },
        { label: ta('recycle'), danger: true, run: () => setChange({ method: 'DELETE', path: path(field.name), query: { recycle: '1' }, title }) },
      ] : []),
    ]
  }
  /** A field is put back as it was defined; a new one is hidden, and what was recycled is gone. */
  const backOf = (next: Change): Change | undefined => {
    const known = kind?.fields.find((field) => path(field.name) === next.path)
    if (next.query?.['recycle'] || !next.path.startsWith(`schema/entities/${of}/fields/`)) return undefined
    if (!known || known.state === 'hidden') return { method: 'DELETE', path: next.path, title: next.title }
    return known.owner === 'admin' ? { method: 'PUT', path: next.path, body: known.definition, title: next.title } : undefined
  }
  const flags = (definition: Definition): string => (['required', 'unique', 'search'] as const).filter((flag) => definition[flag]).map((flag) => ta(flag)).join(', ')
  return (
    <>
      <div class="role-bar">
        <div class="field narrow">
          <label for="kind">{ta('entity')}</label>
          <select id="kind" class="input" value={of} onChange={(event) => setParameters({ of: event.currentTarget.value })}>{names.map((entity) => <option key={entity.name} value={entity.name}>{entity.label_plural}</option>)}</select>
        </div>
        <Button look="primary" onClick={() => setEditing('field')}><Plus size={14} aria-hidden="true" />{ta('add_field')}</Button>
        <Button onClick={() => setNaming(true)}>{ta('rename_entity')}</Button>
        <Button onClick={() => setEditing('entity')}>{ta('add_entity')}</Button>
      </div>
      <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('entities')}>
        <table class="grid-rows field-rows">
          <thead><tr><th scope="col">{ta('name')}</th><th scope="col">{ta('type')}</th><th scope="col">{ta('state')}</th><th scope="col">{ta('owner_layer')}</th><th><span class="visually-hidden">{t('actions')}</span></th></tr></thead>
          <tbody>
            {kind?.fields.map((field) => (
              <tr key={field.name}>
                <td><strong>{labelOf(field.definition, field.name)}</strong> <code class="hint">{field.name}</code></td>
                <td>{called('type', field.definition.type)}</td>
                <td>{field.state === 'live' ? flags(field.definition) : <Tag text={field.state === 'hidden' ? ta('hidden') : field.state} color="amber" />}</td>
                <td>{field.owner === 'admin' ? ta('admin') : ta('from_module')}</td>
                <td class="row-actions"><Menu label={`${t('actions')}: ${labelOf(field.definition, field.name)}`} class="button quiet icon tiny" items={items(field)}><MoreHorizontal size={14} aria-hidden="true" /></Menu></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {naming && findEntity(of) && <EntityDialog entity={findEntity(of)!} onClose={(next) => { setNaming(false); if (next) setChange(next) }} />}
      {editing && <FieldDialog entity={findEntity(of)?.name ?? of} what={editing} onClose={(next) => { setEditing(null); if (next) setChange(next) }} />}
      {change && <PlanDialog change={change} back={backOf(change)} onTakenBack={load} onClose={(done) => { setChange(null); if (done) load() }} />}
    </>
  )
}
