// The children of a record (lines) as a small table.
import { entity as findEntity } from '../data/session'
import type { Field, RecordData } from '../data/types'
import { formatCell, formatValue, isNumeric } from '../format/format'

/** Not the empty ones, nor one that says in every row what an earlier one says. */
function worthShowing(fields: Field[], rows: RecordData[]): Field[] {
  const said = new Set<string>()
  return fields.filter((item) => {
    const texts = rows.map((row) => formatValue(item, row[item.name]))
    const key = texts.join('\n')
    if (texts.every((text) => text === '') || (said.has(key) && !isNumeric(item))) return false
    said.add(key)
    return true
  })
}

export function ChildrenTable({ field, record }: { field: Field; record: RecordData }) {
  const rows = record[field.name]
  const child = field.ref ? findEntity(field.ref) : undefined
  if (!child || !Array.isArray(rows) || rows.length === 0) return null
  const columns = worthShowing(child.fields.filter((item) => !item.standard && item.name !== field.by), rows as RecordData[])
  return (
    <div class="children">
      <h2 class="section-title">{field.label}</h2>
      <div style={{ overflow: 'auto' }} tabIndex={0} role="region" aria-label={field.label}>
        <table class="table">
          <thead><tr>{columns.map((item) => <th key={item.name} scope="col" class={isNumeric(item) ? 'end' : ''}>{item.label}</th>)}</tr></thead>
          <tbody>
            {(rows as RecordData[]).map((row) => (
              <tr key={row.id}>{columns.map((item) => <td key={item.name} class={isNumeric(item) ? 'end' : ''}>{formatCell(item, row[item.name])}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
