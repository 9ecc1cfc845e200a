// Everything by typing: what applies here, where one can go, what can be made, and records of any kind.
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { ScanBarcode } from 'lucide-preact'
import { get } from '../data/api'
import { entity as findEntity } from '../data/session'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Icon } from '../kit/Icon'
import { Keys } from '../kit/Keys'
import { t } from '../locale/i18n'
import { currentActions, type Action, type ActionGroup } from './actions'
import { canScan, Scanner } from './Scanner'
import { takeAhead } from './overlays'
import { recent } from './settings'
import './overlays.css'

const PAUSE_MS = 120
const order: ActionGroup[] = ['record', 'selection', 'list', 'create', 'go', 'frame']
interface Entry { id: string; label: string; icon: string; note?: string; keys?: string; run: () => void | Promise<void> }
interface Section { title: string; entries: Entry[]; rank: number }
interface Found { results: { entity: string; id: string; title: string | null; snippet: string | null }[] }

const fold = (text: string): string => text.toLowerCase().replace(/ё/g, 'е')
function matches(text: string, words: string[]): boolean {
  const folded = fold(text)
  return words.every((word) => folded.startsWith(word) || folded.includes(` ${word}`) || (word.length > 2 && folded.includes(word)))
}

/** What reads exactly as typed stands before what begins so, and that before what only holds the words. */
function rank(label: string, text: string): number {
  const folded = fold(label)
  return folded === text ? 0 : folded.startsWith(text) ? 1 : 2
}

export function Palette({ onClose }: { onClose: () => void }) {
  const [, navigate] = useLocation()
  const [text, setText] = useState(takeAhead)
  const [at, setAt] = useState(0)
  const [scanning, setScanning] = useState(false)
  const found = useRecords(text)
  const list = useRef<HTMLDivElement>(null)
  const actions = currentActions().filter((action) => !action.hidden)
  const sections = build(text, actions, found, navigate)
  const entries = sections.flatMap((section) => section.entries)
  useEffect(() => setAt(0), [text])
  useEffect(() => { list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }) })
  const choose = (entry: Entry | undefined): void => { if (entry) { onClose(); void entry.run() } }
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) { event.preventDefault(); setAt((now) => (now + step + entries.length) % Math.max(entries.length, 1)) }
    if (event.key === 'Enter') { event.preventDefault(); choose(entries[at]) }
  }
  return (
    <Dialog label={t('palette')} class="palette" bare onClose={onClose}>
      <div class="palette-input">
        <Icon name="search" />
        <input autofocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-activedescendant={entries[at] ? `palette-${at}` : undefined}
          aria-label={t('palette')} placeholder={t('palette_hint')} value={text} onInput={(event) => setText(event.currentTarget.value)} onKeyDown={keys} autocomplete="off" spellcheck={false} />
        {canScan() && <Button look="quiet" icon aria-label={t('scan')} title={t('scan')} aria-pressed={scanning} onClick={() => setScanning(!scanning)}><ScanBarcode size={18} aria-hidden="true" /></Button>}
        <Keys keys="Escape" />
      </div>
      {scanning && <Scanner onCode={(code) => { setScanning(false); setText(code) }} />}
      <div class="palette-list" id="palette-list" role="listbox" aria-label={t('palette')} ref={list} tabIndex={-1}>
        {sections.map((section) => (
          <div role="group" aria-label={section.title} key={section.title}>
            <div class="menu-section" aria-hidden="true">{section.title}</div>
            {section.entries.map((entry) => {
              const index = entries.indexOf(entry)
              return (
                <div key={entry.id} id={`palette-${index}`} role="option" aria-selected={index === at} class="palette-item" onMouseMove={() => setAt(index)} onClick={() => choose(entry)}>
                  <Icon name={entry.icon} size={15} /><span class="grow">{entry.label}</span>{entry.note && <small>{entry.note}</small>}<Keys keys={entry.keys} />
                </div>
              )
            })}
          </div>
        ))}
        {entries.length === 0 && <p class="palette-none" role="option" aria-selected="false" aria-disabled="true">{t('no_results')}</p>}
      </div>
    </Dialog>
  )
}

function build(text: string, actions: Action[], found: Entry[], navigate: (to: string) => void): Section[] {
  const typed = fold(text).trim()
  const words = typed.split(/\s+/).filter(Boolean)
  const sections: Section[] = []
  const add = (title: string, entries: Entry[]): void => {
    if (!entries.length) return
    const ranked = words.length ? entries.toSorted((a, b) => rank(a.label, typed) - rank(b.label, typed)) : entries
    sections.push({ title, entries: ranked, rank: words.length ? rank(ranked[0]!.label, typed) : 0 })
  }
  if (!words.length)
    add(t('recent'), recent.value.slice(0, 5).map((item) => {
      const target = findEntity(item.entity)
      return { id: `recent.${item.id}`, label: item.title, icon: target?.icon ?? 'circle', note: target?.label ?? '', run: () => navigate(`/${item.entity}/${item.id}`) }
    }))
  for (const group of order) {
    const fitting = actions.filter((action) => action.group === group && (words.length === 0 || matches(action.label, words)))
    const entries = fitting.filter((action) => action.keys || !fitting.some((other) => other.keys && other.label === action.label)) // the page's own says its key
    add(t(`group_${group}`), entries.map((action) => ({ id: action.id, label: action.label, icon: action.icon ?? 'arrow-right', run: action.run, ...(action.keys ? { keys: action.keys } : {}) })))
  }
  sections.sort((a, b) => a.rank - b.rank)
  add(t('records'), found.map((entry) => ({ ...entry, run: () => navigate(entry.id) })))
  return sections
}

/** Records of every kind that the words find, a little after the last letter. */
function useRecords(text: string): Entry[] {
  const [entries, setEntries] = useState<Entry[]>([])
  useEffect(() => {
    const abort = new AbortController()
    if (text.trim().length < 2) { setEntries([]); return }
    const timer = setTimeout(() => {
      get<Found>('search', { q: text, limit: 12 }, abort.signal)
        .then((body) => setEntries(body.results.filter((item) => findEntity(item.entity)?.icon && !findEntity(item.entity)?.system).map((item) => {
          const target = findEntity(item.entity)
          return { id: `/${item.entity}/${item.id}`, label: item.title ?? item.id, icon: target?.icon ?? 'circle', note: target?.label ?? '', run: () => {} }
        })))
        .catch(() => {})
    }, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [text])
  return entries
}
