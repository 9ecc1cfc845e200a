// Records that look like the one being typed: the same e-mail or phone, the same unique value, the same
// title. Asked of the server as one types, within what the person may see.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import type { Entity, Field, Labelled, Page, RecordData } from '../data/types'
import { formatValue } from '../format/format'
import type { Draft } from '../field/draft'
import { tr } from './texts'
import { titleField, titleOf } from '../pages/columns'

const PAUSE_MS = 350
const SHOWN = 3
const MIN_LENGTH = 3

const quote = (text: string): string => JSON.stringify(text)

/** Conditions that make another record suspicious. */
export function suspicion(entity: Entity, drafts: Record<string, Draft>): { field: Field; where: string }[] {
  const title = titleField(entity)
  return entity.fields.flatMap((field) => {
    const draft = drafts[field.name]
    if (draft === undefined) return []
    if (field.type === 'labelled' && (field.kind === 'email' || field.kind === 'phone')) {
      const texts = (draft as Labelled[]).map((item) => item.value.trim()).filter((text) => text.length >= MIN_LENGTH)
      return texts.length ? [{ field, where: texts.map((text) => `one_of(${field.name}, ${quote(text)})`).join(' or ') }] : []
    }
    const text = typeof draft === 'string' ? draft.trim() : ''
    if (text.length < MIN_LENGTH || (!field.unique && field !== title) || field.value !== 'text') return []
    return [{ field, where: `lower(${field.name}) == lower(${quote(text)})` }]
  }).concat(ofParts(entity, drafts))
}

/** A title that is reckoned from parts: all of the parts the same. */
function ofParts(entity: Entity, drafts: Record<string, Draft>): { field: Field; where: string }[] {
  const title = titleField(entity)
  if (title?.type !== 'formula') return []
  const parts = entity.fields.filter((field) => /_name$/.test(field.name) && field.type === 'text' && typeof drafts[field.name] === 'string' && String(drafts[field.name]).trim().length > 1)
  const needed = entity.fields.filter((field) => field.required && /_name$/.test(field.name))
  if (parts.length < 2 || !needed.every((field) => parts.includes(field))) return []
  return [{ field: title, where: parts.map((field) => `lower(${field.name}) == lower(${quote(String(drafts[field.name]).trim())})`).join(' and ') }]
}

export function Duplicates({ entity, drafts, except }: { entity: Entity; drafts: Record<string, Draft>; except?: string }) {
  const [found, setFound] = useState<RecordData[]>([])
  const reasons = suspicion(entity, drafts)
  const where = reasons.map((reason) => `(${reason.where})`).join(' or ')
  useEffect(() => {
    if (!where) { setFound([]); return }
    const abort = new AbortController()
    const ask = (): void => {
      const fields = [entity.title, ...reasons.map((reason) => reason.field.name)].join(',')
      get<Page>(`records/${entity.name}`, { where: except ? `(${where}) and id ~= "${except}"` : where, fields, limit: SHOWN }, abort.signal)
        .then((page) => setFound(page.records)).catch(() => {})
    }
    const timer = setTimeout(ask, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [where])
  if (found.length === 0) return null
  return (
    <div class="duplicates" role="status">
      <strong>{tr('duplicates_found', { count: found.length })}</strong>
      <ul>{found.map((record) => (
        <li key={record.id}><a href={`/${entity.name}/${record.id}`} target="_blank" rel="noopener">{titleOf(entity, record)}</a>
          <span class="sub"> {reasons.map(({ field }) => (field.name === entity.title ? '' : formatValue(field, record[field.name]))).filter(Boolean).join(' · ')}</span></li>
      ))}</ul>
    </div>
  )
}
