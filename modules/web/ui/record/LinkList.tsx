// A many-to-many field of the record as a list: each link with what it says of itself (a role), found
// and taken out where it stands.
import { useState } from 'preact/hooks'
import { Plus, X } from 'lucide-preact'
import { updateField } from '../data/records'
import { directory, entity as findEntity } from '../data/session'
import { sayProblem } from '../data/undo'
import type { Entity, Field, RecordData, Reference, Value } from '../data/types'
import { formatValue } from '../format/format'
import { ReferencePicker } from '../field/ReferencePicker'
import { Button } from '../kit/Button'
import { Menu } from '../kit/Menu'
import { t } from '../locale/i18n'
import { PeekLink } from './PeekLink'

type Link = Reference & Record<string, Value>

/** Only the id and what the link itself holds go back. */
function wire(field: Field, links: Link[]): Record<string, unknown>[] {
  return links.map((link) => ({ id: link.id, ...Object.fromEntries((field.attributes ?? []).flatMap((item) => (link[item.name] === undefined || link[item.name] === null ? [] : [[item.name, link[item.name]]]))) }))
}

export function LinkList({ entity, record, field, locked }: { entity: Entity; record: RecordData; field: Field; locked: boolean }) {
  const [adding, setAdding] = useState(false)
  const links = (Array.isArray(record[field.name]) ? record[field.name] : []) as Link[]
  const canWrite = entity.can.update && !field.locked && !field.read_only && !locked
  const target = findEntity(field.ref ?? '')
  const save = (next: Link[]): void => { updateField(entity, record, field.name, wire(field, next), next as unknown as Value).catch(sayProblem) }
  const role = field.attributes?.find((item) => item.type === 'choice')
  const others = field.attributes?.filter((item) => item !== role) ?? []
  if (!target || (links.length === 0 && !canWrite)) return null
  return (
    <section class="related" aria-label={field.label}>
      <h2 class="section-title"><span class="grow">{field.label} {links.length > 0 && <span class="number">{links.length}</span>}</span>
        {canWrite && <Button look="quiet" icon aria-label={`${t('add')}: ${field.label}`} title={t('add')} aria-expanded={adding} onClick={() => setAdding(!adding)}><Plus size={14} aria-hidden="true" /></Button>}</h2>
      <ul>{links.map((link) => (
        <li key={link.id} class="related-row">
          <PeekLink entity={field.ref ?? ''} id={link.id}>{link.title ?? link.id}</PeekLink>
          <span class="sub">{others.map((item) => formatValue(item, link[item.name])).filter(Boolean).join(' · ')}</span>
          {role && (canWrite
            ? <Menu label={`${role.label}: ${link.title ?? ''}`} class="button quiet role" items={roles(role, link, (code) => save(links.map((item) => (item.id === link.id ? { ...item, [role.name]: code } : item))))}>{formatValue(role, link[role.name]) || <span class="blank">{role.label}</span>}</Menu>
            : <span class="sub">{formatValue(role, link[role.name])}</span>)}
          {canWrite && <Button look="quiet" icon class="tiny" aria-label={`${t('remove')}: ${link.title ?? ''}`} title={t('remove')} onClick={() => save(links.filter((item) => item.id !== link.id))}><X size={13} aria-hidden="true" /></Button>}
        </li>
      ))}</ul>
      {adding && <ReferencePicker entity={field.ref ?? ''} value={null} label={field.label} autoFocus onPick={(item) => { setAdding(false); if (item && !links.some((link) => link.id === item.id)) save([...links, item as Link]) }} />}
    </section>
  )
}

function roles(role: Field, link: Link, choose: (code: string | null) => void): { label: string; checked: boolean; run: () => void }[] {
  const items = directory(role.directory)?.items.filter((item) => !item.inactive || item.code === link[role.name]) ?? []
  return [...items.map((item) => ({ label: item.label, checked: item.code === link[role.name], run: () => choose(item.code) })), { label: t('blank'), checked: !link[role.name], run: () => choose(null) }]
}
