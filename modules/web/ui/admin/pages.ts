// A list that the server goes on with: its newest page is asked for again and again, older ones stay as they
// were read.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get } from '../data/api'
import { sayProblem } from '../data/undo'

interface Page<T> { records: T[]; next: string | null }
export interface Pages<T> { items: T[] | null; load: () => Promise<void>; older: (() => Promise<void>) | null }

export function usePages<T extends { id: string }>(path: string, query: Record<string, string>, everyMs: number): Pages<T> {
  const [shown, setShown] = useState<Page<T> | null>(null)
  const key = JSON.stringify([path, query])
  const wanted = useRef(key)
  wanted.current = key
  const load = async (): Promise<void> => {
    try {
      const page = await get<Page<T>>(path, query)
      if (wanted.current !== key) return
      setShown((before) => {
        const last = page.records[page.records.length - 1]
        const at = last ? (before?.records.findIndex((item) => item.id === last.id) ?? -1) : -1
        return before && at >= 0 ? { records: [...page.records, ...before.records.slice(at + 1)], next: at + 1 < before.records.length ? before.next : page.next } : page
      })
    } catch (error) { sayProblem(error) }
  }
  const older = async (): Promise<void> => {
    try {
      const page = await get<Page<T>>(path, { ...query, after: shown?.next ?? undefined })
      if (wanted.current === key) setShown((before) => ({ records: [...(before?.records ?? []), ...page.records], next: page.next }))
    } catch (error) { sayProblem(error) }
  }
  useEffect(() => {
    setShown(null)
    void load()
    const timer = setInterval(() => void load(), everyMs)
    return () => clearInterval(timer)
  }, [key])
  return { items: shown?.records ?? null, load, older: shown?.next ? older : null }
}
