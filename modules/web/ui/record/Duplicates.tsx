// Records that look like the one being typed, as the server finds them by the rules of the entity and
// within what the person may see. Asked as one types.
import { useEffect, useState } from 'preact/hooks'
import { request } from '../data/api'
import { meta } from '../data/session'
import type { Entity, Suspect } from '../data/types'
import { fromDraft, type Draft } from '../field/draft'
import { tr } from './texts'

const PAUSE_MS = 350
const SHOWN = 3
/** Fields that names are reckoned from. */
const PART = /_name$/

/** What has been typed of the fields that rules look at; null when there is none. */
function typed(entity: Entity, drafts: Record<string, Draft>): Record<string, unknown> | null {
  const rules = entity.duplicates ?? []
  const computed = rules.some((rule) => rule.fields.some((name) => entity.fields.find((field) => field.name === name)?.type === 'formula'))
  const currency = meta.value?.company.currency ?? ''
  const set = Object.fromEntries(entity.fields.flatMap((field) => {
    const draft = drafts[field.name]
    const counts = rules.some((rule) => rule.fields.includes(field.name)) || (computed && field.type === 'text' && PART.test(field.name))
    return draft === undefined || !counts ? [] : [[field.name, fromDraft(field, draft, currency)]]
  }))
  return Object.values(set).some((value) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)) ? set : null
}

export function Duplicates({ entity, drafts, except }: { entity: Entity; drafts: Record<string, Draft>; except?: string }) {
  const [found, setFound] = useState<Suspect[]>([])
  const set = typed(entity, drafts)
  const asked = set && JSON.stringify(set)
  useEffect(() => {
    if (!asked) { setFound([]); return }
    const abort = new AbortController()
    const ask = (): void => {
      const body = { set: JSON.parse(asked) as unknown, ...(except ? { id: except } : {}) }
      request<{ duplicates: Suspect[] }>('POST', `records/${entity.name}/duplicates?limit=${SHOWN}`, { body, signal: abort.signal })
        .then((answer) => setFound(answer.body.duplicates)).catch(() => {})
    }
    const timer = setTimeout(ask, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [asked])
  if (found.length === 0) return null
  const labels = (names: string[]): string => names.map((name) => entity.fields.find((field) => field.name === name)?.label ?? name).join(', ')
  return (
    <div class="duplicates" role="status">
      <strong>{tr('duplicates_found', { count: found.length })}</strong>
      <ul>{found.map((record) => (
        <li key={record.id}><a href={`/${entity.name}/${record.id}`} target="_blank" rel="noopener">{record.title ?? record.id}</a>
          <span class="sub"> {tr('same_in', { fields: labels(record.fields) })}</span></li>
      ))}</ul>
    </div>
  )
}
