// Groups of records that may be the same, as the last search found them: merged or called different.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { get, request } from '../data/api'
import { followJob } from '../data/jobs'
import { offerTakingBack, sayProblem } from '../data/undo'
import type { Entity } from '../data/types'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { lazy } from '../kit/lazy'
import { ErrorCard } from '../kit/ErrorCard'
import { TopBar } from '../shell/TopBar'
import { useActions } from '../shell/actions'
import type { MergeDialogProps } from './MergeDialog'
import { tm } from './texts'
import '../admin/work.css'
import './merge.css'

interface Group { score: number; fields: string[]; records: { id: string; title: string | null }[] }
interface Groups { groups: Group[]; next: string | null; scanned_at: string | null }
const MergeDialog = lazy<MergeDialogProps>(() => import('./MergeDialog').then((module) => module.MergeDialog))
const MERGED_MAX = 5

export function DuplicatesPage({ entity }: { entity: Entity }) {
  const [page, setPage] = useState<Groups | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [merging, setMerging] = useState<string[] | null>(null)
  const [busy, setBusy] = useState(false)
  const may = entity.can.update && entity.can.delete
  const load = async (): Promise<void> => {
    try { setPage(await get<Groups>(`records/${entity.name}/duplicates`)); setProblem(null) } catch (error) { setProblem(error) }
  }
  const more = async (): Promise<void> => {
    if (!page?.next) return
    try { const next = await get<Groups>(`records/${entity.name}/duplicates`, { after: page.next }); setPage({ ...next, groups: [...page.groups, ...next.groups] }) } catch (error) { sayProblem(error) }
  }
  const scan = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    try {
      const { body } = await request<{ job: string }>('POST', `records/${entity.name}/duplicates/scan`, { body: {} })
      await followJob(body.job, tm('looking'))
      await load()
    } catch (error) { sayProblem(error) } finally { setBusy(false) }
  }
  const dismiss = async (group: Group): Promise<void> => {
    try {
      const say = (again: boolean): Promise<unknown> => request('POST', `records/${entity.name}/duplicates/dismiss`, { body: { ids: group.records.slice(0, 20).map((record) => record.id), again } })
      await say(false)
      offerTakingBack(tm('different_done'), async () => { await say(true); await load() })
      await load()
    } catch (error) { sayProblem(error) }
  }
  useEffect(() => { document.title = `${tm('title')}: ${entity.label_plural} · Perigee`; void load() }, [entity])
  useActions([{ id: 'duplicates.look', group: 'list', label: tm('look'), icon: 'search', when: () => may, run: () => void scan() }])
  const labels = (names: string[]): string => names.map((name) => entity.fields.find((field) => field.name === name)?.label ?? name).join(', ')
  return (
    <>
      <TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }, { text: tm('title') }]}>
        {may && page?.scanned_at && <Button onClick={() => void scan()} disabled={busy}>{tm('again')}</Button>}
      </TopBar>
      <main id="main" class="work" tabIndex={-1}>
        <h1>{tm('title')}: {entity.label_plural}</h1>
        {page?.scanned_at && <p class="sub">{tm('looked_at', { when: formatTime(page.scanned_at) })}</p>}
        {problem !== null && <ErrorCard error={problem} />}
        {page && page.groups.length === 0 && !page.next && (
          <Empty icon="rows" text={page.scanned_at ? tm('groups_none') : tm('groups_never')}>
            {may && !page.scanned_at && <><p class="sub full">{tm('scan_hint')}</p><Button look="primary" onClick={() => void scan()} disabled={busy}>{tm('look')}</Button></>}
          </Empty>
        )}
        {page && page.groups.length > 0 && <ul class="duplicate-groups">{page.groups.map((group) => (
          <li key={group.records.map((record) => record.id).join(' ')}>
            <div class="duplicate-facts"><strong>{tm('likely', { score: group.score })}</strong><span class="sub">{tm('same_in', { fields: labels(group.fields) })}</span></div>
            <ul>{group.records.map((record) => <li key={record.id}><Link href={`/${entity.name}/${record.id}`}>{record.title ?? record.id}</Link></li>)}</ul>
            {may && <div class="duplicate-actions">
              <Button look="quiet" onClick={() => void dismiss(group)}>{tm('different')}</Button>
              <Button onClick={() => setMerging(group.records.slice(0, MERGED_MAX).map((record) => record.id))}>{tm('merge_count', { count: Math.min(group.records.length, MERGED_MAX) })}</Button>
            </div>}
          </li>
        ))}</ul>}
        {page?.next && <div><Button onClick={() => void more()}>{tm('more_groups')}</Button></div>}
        {merging && <MergeDialog entity={entity} ids={merging} onClose={() => setMerging(null)} onMerged={() => void load()} />}
      </main>
    </>
  )
}
