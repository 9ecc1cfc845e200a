// The children of a record (lines) as a small table.
import { entity as findEntity } from '../data/session'
import type { Field, RecordData } from '../data/types'
import { formatValue, isNumeric } from '../format/format'

export function ChildrenTable({ field, record }: { field: Field; record: RecordData }) {
  const rows = record[field.name]
  const child = field.ref ? findEntity(field.ref) : undefined
  if (!child || !Array.isArray(rows) || rows.length === 0) return null
  const columns = child.fields.filter((item) => !item.standard && item.name !== field.by && (rows as RecordData[]).some((row) => formatValue(item, row[item.name]) !== ''))
  return (
    <div class="children">
      <h2 class="section-title">{field.label}</h2>
      <div style={{ overflow: 'auto' }} tabIndex={0} role="region" aria-label={field.label}>
        <table class="table">
          <thead><tr>{columns.map((item) => <th key={item.name} scope="col" class={isNumeric(item) ? 'end' : ''}>{item.label}</th>)}</tr></thead>
          <tbody>
            {(rows as RecordData[]).map((row) => (
              <tr key={row.id}>{columns.map((item) => <td key={item.name} class={isNumeric(item) ? 'end' : ''}>{formatValue(item, row[item.name])}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
