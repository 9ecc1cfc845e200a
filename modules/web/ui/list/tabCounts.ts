// How many records each saved view holds, for its tab: counted by the server up to its cap, again a little
// after something changed.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import { onHint } from '../data/live'
import type { Entity, Page } from '../data/types'
import type { SavedView } from './state'

const COUNTED_MAX = 12
const PAUSE_MS = 1500

export function useTabCounts(entity: Entity, views: SavedView[]): Map<string, string> {
  const [counts, setCounts] = useState(new Map<string, string>())
  const key = JSON.stringify(views.map((view) => [view.id, view.where]))
  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const count = async (): Promise<void> => {
      const found = await Promise.all(views.slice(0, COUNTED_MAX).map(async (view): Promise<[string, string][]> => {
        const { total } = await get<Page>(`records/${entity.name}`, { where: view.where || undefined, count: 'capped', limit: 1, fields: 'id' }, abort.signal)
        return total ? [[view.id, `${total.value.toLocaleString(document.documentElement.lang)}${total.exact ? '' : '+'}`]] : []
      }).map((one) => one.catch(() => [] as [string, string][])))
      if (!abort.signal.aborted) setCounts(new Map(found.flat()))
    }
    void count()
    const forget = onHint((hint) => {
      if (hint !== null && hint.entity !== entity.name) return
      clearTimeout(timer)
      timer = setTimeout(() => void count(), PAUSE_MS)
    })
    return () => { abort.abort(); clearTimeout(timer); forget() }
  }, [entity.name, key])
  return counts
}
