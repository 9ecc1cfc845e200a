// Who changed what, newest first, and taking it back: of one kind of record, one person, one door, one time,
// asked of the server; words are looked for in as much of it as it takes.
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { get } from '../data/api'
import { entity as findEntity, meta } from '../data/session'
import type { RecordData, Reference } from '../data/types'
import { sayProblem, undo } from '../data/undo'
import { ReferencePicker } from '../field/ReferencePicker'
import { causeText } from '../format/causes'
import { actorName, formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { t, type MessageKey } from '../locale/i18n'
import { moment } from './moments'
import { ta } from './texts'

interface Entry { id: string; seq: number; at: string; actor: Reference | null; door: string; cause: string | null; note: string | null; reverts: string | null; reverted_by: string | null; changes: number }
interface Listing { records: Entry[]; next: string | null }
const FILTERS = ['words', 'entity', 'actor', 'door', 'since', 'until'] as const
const doors = ['web', 'rest', 'import', 'script', 'job', 'cli', 'migration'] as const
const SHOWN = 100
const ASKED_MAX = 20
const PAUSE_MS = 250

const doorText = (door: string): string => t(`door_${door}` as MessageKey)
const whyOf = (entry: Entry): string[] => [doorText(entry.door), causeText(entry.cause, entry.door), entry.note === entry.cause ? '' : entry.note ?? ''].filter(Boolean)
const fits = (entry: Entry, words: string): boolean => [actorName(entry.actor), ...whyOf(entry)].some((text) => text.toLowerCase().includes(words.toLowerCase()))

/** What a person was picked by, for an address that holds the id alone. */
function usePerson(id: string): [Reference | null, (person: Reference | null) => void] {
  const [person, setPerson] = useState<Reference | null>(null)
  useEffect(() => {
    if (id && person?.id !== id) get<RecordData>(`records/user/${id}`, { fields: 'name' }).then((user) => setPerson({ id, title: String(user['name'] ?? '') }), () => setPerson({ id, title: id }))
  }, [id])
  return [id ? person : null, setPerson]
}

interface Found { entries: Entry[]; next: string | null; busy: boolean }

/** Goes on until there is enough to show, the log has ended, or enough was asked for; `more` goes on from there. */
function useLog(key: string, words: string, ask: (after: string | undefined) => Promise<Listing>): Found & { more: () => void; reload: () => void } {
  const [found, setFound] = useState<Found>({ entries: [], next: null, busy: true })
  const turn = useRef(0)
  const load = async (kept: Entry[], from: string | undefined): Promise<void> => {
    const own = ++turn.current
    let after = from
    let entries = kept
    for (let asked = 0; asked < ASKED_MAX && entries.length < kept.length + SHOWN; asked++) {
      const page = await ask(after)
      if (own !== turn.current) return
      entries = [...entries, ...page.records.filter((entry) => !words || fits(entry, words))]
      after = page.next ?? undefined
      if (!after) break
      setFound({ entries, next: after, busy: true })
    }
    setFound({ entries, next: after ?? null, busy: false })
  }
  const begin = (kept: Entry[], from: string | undefined): void => { load(kept, from).catch((error) => { setFound((old) => ({ ...old, busy: false })); sayProblem(error) }) }
  useEffect(() => {
    const timer = setTimeout(() => begin([], undefined), words ? PAUSE_MS : 0)
    return () => { clearTimeout(timer); turn.current++ }
  }, [key])
  return { ...found, more: () => begin(found.entries, found.next ?? undefined), reload: () => begin([], undefined) }
}

export function Log() {
  const [parameters, setParameters] = useSearchParams()
  const of = (name: (typeof FILTERS)[number]): string => parameters.get(name) ?? ''
  const set = (name: (typeof FILTERS)[number], value: string): void => setParameters((old) => { if (value) old.set(name, value); else old.delete(name); return old }, { replace: true })
  const [person, setPerson] = usePerson(of('actor'))
  const { entries, next, busy, more, reload } = useLog(parameters.toString(), of('words'), (after) =>
    get<Listing>('changesets', { limit: SHOWN, after, entity: of('entity'), actor: of('actor'), door: of('door'), since: moment(of('since'), 0), until: moment(of('until'), 1) }))
  const kinds = (meta.value?.entities ?? []).filter((entity) => entity.can.read).map((entity) => ({ value: entity.name, label: entity.label_plural })).sort((a, b) => a.label.localeCompare(b.label))
  const shown = entries.filter((entry) => !of('words') || fits(entry, of('words')))
  const isFiltered = FILTERS.some((name) => of(name))
  return (
    <>
      <div class="run-filters" role="search">
        <input class="input" type="search" aria-label={t('filter')} placeholder={t('filter')} value={of('words')} onInput={(event) => set('words', event.currentTarget.value)} />
        <select class="input" aria-label={ta('entity')} value={of('entity')} onChange={(event) => set('entity', event.currentTarget.value)}>
          <option value="">{ta('entities_all')}</option>
          {kinds.map((kind) => <option key={kind.value} value={kind.value}>{kind.label}</option>)}
        </select>
        <select class="input" aria-label={ta('door')} value={of('door')} onChange={(event) => set('door', event.currentTarget.value)}>
          <option value="">{ta('doors_all')}</option>
          {doors.map((door) => <option key={door} value={door}>{doorText(door)}</option>)}
        </select>
        {findEntity('user')?.can.read && <div class="log-person"><ReferencePicker key={of('actor')} entity="user" value={person} label={ta('who')} placeholder={ta('who')} onPick={(picked) => { setPerson(picked); set('actor', picked?.id ?? '') }} /></div>}
        <label class="run-day"><span>{ta('from_day')}</span><input class="input" type="date" value={of('since')} onChange={(event) => set('since', event.currentTarget.value)} /></label>
        <label class="run-day"><span>{ta('until_day')}</span><input class="input" type="date" value={of('until')} onChange={(event) => set('until', event.currentTarget.value)} /></label>
        {isFiltered && <Button look="quiet" onClick={() => setParameters({}, { replace: true })}>{t('filter_clear')}</Button>}
      </div>
      {!busy && shown.length === 0 && <Empty icon="history" text={t('empty_filtered')} />}
      {shown.length > 0 && (
        <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('log')} aria-busy={busy}>
          <table class="grid-rows stacks">
            <thead><tr><th scope="col">{ta('when')}</th><th scope="col">{ta('who')}</th><th scope="col">{ta('what_done')}</th><th><span class="visually-hidden">{t('actions')}</span></th></tr></thead>
            <tbody>
              {shown.map((entry) => (
                <tr key={entry.id}>
                  <td class="nowrap">{formatTime(entry.at)}</td>
                  <td>{actorName(entry.actor)}</td>
                  <td>{[ta('changes', { count: entry.changes }), ...whyOf(entry)].join(' · ')}</td>
                  <td class="row-actions">{entry.reverted_by ? <span class="hint">{t('undone')}</span> : entry.changes > 0 && !entry.reverts && <Button look="quiet" onClick={() => void undo({ id: 0, text: '', changeset: entry.id, onUndone: reload })}>{t('undo')}</Button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {busy && <p class="hint" role="status">{t('loading')}…</p>}
      {!busy && next && <div><Button onClick={more}>{ta('older')}</Button></div>}
    </>
  )
}
