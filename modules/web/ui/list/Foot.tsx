// How many, and the sums of the columns that have one; the server adds up.
import { useEffect, useState } from 'preact/hooks'
import { request } from '../data/api'
import type { Entity, Field, RecordData } from '../data/types'
import { formatValue } from '../format/format'
import { t } from '../locale/i18n'
import type { RowSource } from './source'
import type { ListState } from './state'

const PAUSE_MS = 150

export function Foot({ entity, state, source, sums }: { entity: Entity; state: ListState; source: RowSource; sums: Field[] }) {
  const [row, setRow] = useState<RecordData | null>(null)
  const { total } = source.status.value
  const names = sums.map((field) => field.name).join(',')
  useEffect(() => {
    setRow(null)
    if (!names || !total) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      const measures = Object.fromEntries(names.split(',').map((name) => [name, `sum(${name})`]))
      request<{ rows: RecordData[] }>('POST', 'query', { body: { from: entity.name, measures, ...(state.where ? { where: state.where } : {}), ...(state.search ? { q: state.search } : {}) }, signal: abort.signal })
        .then(({ body }) => setRow(body.rows[0] ?? null)).catch(() => {})
    }, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [entity.name, names, state.where, state.search, total?.value])
  return (
    <footer class="list-foot">
      <span class="count" role="status">{total && (total.exact ? t('count', { count: total.value }) : t('count_more', { count: total.value }))}</span>
      {row && sums.map((field) => { const text = formatValue(field, row[field.name]); return text && <span key={field.name} class="sum"><span>{field.label}</span> <strong>{text}</strong></span> })}
    </footer>
  )
}
