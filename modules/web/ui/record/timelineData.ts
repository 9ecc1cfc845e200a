// What happened around a record, page by page, kept fresh: the past by the chosen kind, and what is
// still to do, soonest first.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { get } from '../data/api'
import { onHint } from '../data/live'
import { entity as findEntity } from '../data/session'
import type { Change, RecordData, Reference } from '../data/types'
import { ACTIVITY, activities, isOpen, momentOf, OPEN } from './activity'

export type TimelineItem =
  | { kind: 'record'; at: string; entity: string; record: RecordData }
  | ({ kind: 'change'; entity: string; record: Reference } & Change)
interface Answer { records: TimelineItem[]; next: string | null }

const PAGE = 30
const UPCOMING_MAX = 100
const PAUSE_MS = 250
const FRESH_MAX = 200

/** "" is everything; "changes", "files" or a kind of activity. */
function queryOf(show: string): Record<string, string> {
  if (show === 'files') return { entity: 'file' }
  return show && show !== 'changes' ? { entity: ACTIVITY, where: `kind == ${JSON.stringify(show)}` } : {}
}

async function load(entity: string, id: string, show: string, limit: number, after?: string): Promise<Answer> {
  if (show !== 'changes') return get<Answer>(`records/${entity}/${id}/timeline`, { ...queryOf(show), limit, after })
  const page = await get<{ records: Change[]; next: string | null }>(`records/${entity}/${id}/changes`, { limit, after })
  return { records: page.records.map((change) => ({ ...change, kind: 'change', entity, record: { id } })), next: page.next }
}

export function keyOf(item: TimelineItem): string {
  return item.kind === 'record' ? `${item.entity}/${item.record.id}` : `change/${item.seq}/${item.record.id}/${item.op}/${Object.keys(item.fields).join()}`
}

export interface Timeline { past: TimelineItem[] | null; upcoming: RecordData[]; problem: unknown; more: (() => Promise<void>) | null; refresh: () => void }

export function useTimeline(entity: string, id: string, version: number, show: string): Timeline {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [upcoming, setUpcoming] = useState<RecordData[]>([])
  const [problem, setProblem] = useState<unknown>(null)
  const shown = useRef(PAGE)
  const turn = useRef(0)
  const refresh = useCallback((): void => {
    const own = ++turn.current
    const ahead = activities()
      ? get<Answer>(`records/${entity}/${id}/timeline`, { entity: ACTIVITY, where: OPEN, limit: UPCOMING_MAX })
      : Promise.resolve<Answer>({ records: [], next: null })
    Promise.all([load(entity, id, show, shown.current), ahead])
      .then(([past, open]) => {
        if (own !== turn.current) return
        setProblem(null)
        setAnswer(past)
        setUpcoming(open.records.flatMap((item) => (item.kind === 'record' ? [item.record] : [])).sort((a, b) => momentOf(a).localeCompare(momentOf(b))))
      })
      .catch((error) => { if (own === turn.current) setProblem(error) })
  }, [entity, id, show])
  useEffect(() => { shown.current = PAGE }, [entity, id, show])
  useEffect(refresh, [refresh, version])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint((hint) => {
      if (hint && !findEntity(hint.entity)?.timeline && hint.entity !== entity) return
      clearTimeout(timer)
      timer = setTimeout(refresh, PAUSE_MS)
    })
    return () => { stop(); clearTimeout(timer) }
  }, [refresh])
  const more = async (): Promise<void> => {
    if (!answer?.next) return
    const own = turn.current
    const page = await load(entity, id, show, PAGE, answer.next)
    if (own !== turn.current) return
    setAnswer({ records: [...answer.records, ...page.records], next: page.next })
    shown.current = Math.min(FRESH_MAX, answer.records.length + page.records.length)
  }
  const open = new Set(upcoming.map((record) => record.id))
  const past = answer?.records.filter((item) => item.kind !== 'record' || !(open.has(item.record.id) || (item.entity === ACTIVITY && isOpen(item.record)))) ?? null
  return { past, upcoming, problem, more: answer?.next ? more : null, refresh }
}
