// A value as it stands on a page: links, tags, several lines of items.
import { Link } from 'wouter-preact'
import { directory, stageOf } from '../data/session'
import { isReference, type Field, type Labelled, type RecordData, type Reference, type Value } from '../data/types'
import { choiceLabel, formatCell, formatValue, referenceTitle } from '../format/format'
import { Person } from '../kit/Person'
import { StageTag, Tag } from '../kit/Tag'

const linkless = new Set(['user', 'team', 'stage', 'pipeline', 'tag', 'file', 'role'])

/** `plain`: no links; `cell`: as in a column of a table. */
export function FieldValue({ field, value, plain, cell }: { field: Field; value: Value | undefined; plain?: boolean; cell?: boolean }) {
  if (value === null || value === undefined || value === '') return null
  if (field.type === 'choice') return <Tag text={choiceLabel(field, String(value))} color={directory(field.directory)?.items.find((item) => item.code === value)?.color} />
  if (isReference(value)) {
    const target = value.entity ?? field.ref ?? ''
    const stage = target === 'stage' ? stageOf(value.id) : undefined
    if (stage) return <StageTag stage={stage} />
    const title = referenceTitle(value, target)
    if (target === 'user' && title) return <Person name={title} />
    return linkless.has(target) || plain ? <>{title}</> : <Link href={`/${target}/${value.id}`}>{title || value.id}</Link>
  }
  if (field.type === 'labelled' && !plain) return <Items field={field} items={value as Labelled[]} />
  if (field.type === 'links' && !plain)
    return (
      <ul class="items">
        {(value as Reference[]).map((item) => (
          <li key={item.id}>{linkless.has(field.ref ?? '') ? <Tag text={item.title ?? ''} /> : <Link href={`/${field.ref}/${item.id}`}>{item.title}</Link>}</li>
        ))}
      </ul>
    )
  if (field.type === 'text' && field.name === 'website' && !plain) return <a href={safeUrl(String(value))} target="_blank" rel="noreferrer noopener">{String(value)}</a>
  if (field.type === 'children') return <>{(value as RecordData[]).length}</>
  return <>{cell ? formatCell(field, value) : formatValue(field, value)}</>
}

function Items({ field, items }: { field: Field; items: Labelled[] }) {
  const scheme = field.kind === 'email' ? 'mailto:' : field.kind === 'phone' ? 'tel:' : null
  return (
    <ul class="items">
      {items.map((item) => (
        <li key={item.value}>
          {scheme ? <a href={scheme + encodeURI(item.value)}>{item.value}</a> : item.value}
          {item.label && <span class="label"> · {item.label}</span>}
        </li>
      ))}
    </ul>
  )
}

/** Only http and https ever become links. */
function safeUrl(text: string): string {
  const withScheme = /^[a-z]+:/i.test(text) ? text : `https://${text}`
  return /^https?:/i.test(withScheme) ? withScheme : '#'
}
