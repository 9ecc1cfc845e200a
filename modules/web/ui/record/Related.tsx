// The right side of a record: people and things it is linked with, what points at it, its files. Each
// list has its count, its sum, a way to add one with the reference filled in; a title opens in peek.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { Plus } from 'lucide-preact'
import { onHint } from '../data/live'
import type { Entity, RecordData } from '../data/types'
import { formatMoney, formatValue } from '../format/format'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { titleOf } from '../pages/columns'
import { Files } from './Files'
import { LinkList } from './LinkList'
import { PeekLink } from './PeekLink'
import { dayOf, factOf, loadRelated, relationsOf, type RelatedPage, type Relation } from './relations'

const CreateDialog = lazy<{ entity: Entity; preset: RecordData; onClose: () => void; onMade: () => void }>(() => import('./CreateDialog').then((module) => module.CreateDialog))
const SHOWN = 5
const ALL = 50
const PAUSE_MS = 300

export function Related({ entity, record, locked = false }: { entity: Entity; record: RecordData; locked?: boolean }) {
  const relations = useMemo(() => relationsOf(entity), [entity])
  const links = entity.fields.filter((field) => field.type === 'links' && !field.standard)
  return (
    <aside class="related-side" aria-label={tr('related')}>
      {links.map((field) => <LinkList key={field.name} entity={entity} record={record} field={field} locked={locked} />)}
      {!locked && relations.map((item) => <RelatedList key={item.key} item={item} target={entity} record={record} />)}
      {!locked && <Files entity={entity} record={record} />}
    </aside>
  )
}

function useRelated(item: Relation, id: string, limit: number): { page: RelatedPage | null; problem: unknown; load: () => void } {
  const [page, setPage] = useState<RelatedPage | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { loadRelated(item, id, limit).then((found) => { setProblem(null); setPage(found) }).catch(setProblem) }
  useEffect(load, [item, id, limit])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint((hint) => {
      if (hint && hint.entity !== item.entity.name) return
      clearTimeout(timer)
      timer = setTimeout(load, PAUSE_MS)
    })
    return () => { stop(); clearTimeout(timer) }
  }, [item, id, limit])
  return { page, problem, load }
}

function RelatedList({ item, target, record }: { item: Relation; target: Entity; record: RecordData }) {
  const [all, setAll] = useState(false)
  const [adding, setAdding] = useState(false)
  const { page, problem, load } = useRelated(item, record.id, all ? ALL : SHOWN)
  const { entity, by } = item
  const canAdd = entity.can.create && by !== null
  const label = item.via ? `${entity.label_plural} · ${item.via.label}` : entity.label_plural
  const fact = factOf(item)
  const day = dayOf(item)
  const called = (row: RecordData): string => {
    const title = titleOf(entity, row)
    return (day && title === titleOf(target, record) && formatValue(day, row[day.name])) || title
  }
  if (problem) return <ErrorCard error={problem} retry={load} />
  if (!page || (page.count === 0 && (!item.main || !canAdd))) return null
  return (
    <section class="related" aria-label={label}>
      <h2 class="section-title">
        <span class="grow">{label} {page.count > 0 && <span class="number">{page.exact ? page.count : `${page.count}+`}</span>}</span>
        {page.sum && page.count > 0 && <span class="number sum">{formatMoney(page.sum)}</span>}
        {canAdd && <Button look="quiet" icon aria-label={t('new', { what: entity.label })} title={t('new', { what: entity.label })} onClick={() => setAdding(true)}><Plus size={14} aria-hidden="true" /></Button>}
      </h2>
      <ul>{page.records.map((row) => {
        const said = fact ? formatValue(fact, row[fact.name]) : ''
        return (
          <li key={row.id} class={`related-row${item.money && said ? ' two' : ''}`}>
            <PeekLink entity={entity.name} id={row.id}>{called(row)}</PeekLink>
            {item.money ? <span class="sub money">{formatValue(item.money, row[item.money.name])}</span> : <span class="sub">{said}</span>}
            {item.money && said && <span class="sub below">{said}</span>}
          </li>
        )
      })}</ul>
      {page.count > page.records.length && (all
        ? <Link class="button quiet flush" href={`/${entity.name}?where=${encodeURIComponent(item.where(record.id))}`}>{tr('show_all', { count: page.count })}</Link>
        : <Button look="quiet" class="flush" onClick={() => setAll(true)}>{t('load_more')}</Button>)}
      {adding && by && <CreateDialog entity={entity} preset={{ id: '', version: 0, [by.name]: { id: record.id, title: titleOf(target, record) } }} onClose={() => setAdding(false)} onMade={() => { setAdding(false); load() }} />}
    </section>
  )
}
