// Who changed what, newest first, and taking it back.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import type { Reference } from '../data/types'
import { sayProblem, undo } from '../data/undo'
import { actorName, formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { t, type MessageKey } from '../locale/i18n'
import { ta } from './texts'

interface Entry { id: string; seq: number; at: string; actor: Reference | null; door: string; cause: string | null; note: string | null; reverts: string | null; reverted_by: string | null; changes: number }
interface Listing { records: Entry[]; next: string | null }

export function Log() {
  const [entries, setEntries] = useState<Entry[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [words, setWords] = useState('')
  const load = async (after?: string): Promise<void> => {
    try {
      const page = await get<Listing>('changesets', { limit: 100, after })
      setEntries((old) => (after ? [...old, ...page.records] : page.records))
      setNext(page.next)
    } catch (error) { sayProblem(error) }
  }
  useEffect(() => { void load() }, [])
  const door = (entry: Entry): string => t(`door_${entry.door}` as MessageKey)
  const fits = (entry: Entry): boolean => [actorName(entry.actor), door(entry), entry.cause, entry.note].some((text) => text?.toLowerCase().includes(words.toLowerCase()))
  return (
    <>
      <input class="input narrow" type="search" aria-label={t('filter')} placeholder={t('filter')} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
      <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('log')}>
        <table class="grid-rows">
          <thead><tr><th scope="col">{ta('when')}</th><th scope="col">{ta('who')}</th><th scope="col">{ta('what_done')}</th><th><span class="visually-hidden">{t('actions')}</span></th></tr></thead>
          <tbody>
            {entries.filter((entry) => !words || fits(entry)).map((entry) => (
              <tr key={entry.id}>
                <td class="nowrap">{formatTime(entry.at)}</td>
                <td>{actorName(entry.actor)}</td>
                <td>{[ta('changes', { count: entry.changes }), door(entry), entry.cause, entry.note === entry.cause ? null : entry.note].filter(Boolean).join(' · ')}</td>
                <td class="row-actions">{entry.reverted_by ? <span class="hint">{t('undone')}</span> : entry.changes > 0 && !entry.reverts && <Button look="quiet" onClick={() => void undo({ id: 0, text: '', changeset: entry.id, onUndone: () => void load() })}>{t('undo')}</Button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {next && <div><Button onClick={() => void load(next)}>{ta('older')}</Button></div>}
    </>
  )
}
