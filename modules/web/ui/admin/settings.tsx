// The company's settings: one object, written when a field is left. What others change appears; of two who
// change the same the second chooses.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Problem, request } from '../data/api'
import { onHint } from '../data/live'
import { conflict } from '../data/records'
import { loadMeta } from '../data/session'
import type { Entity, Field, RecordData, Value } from '../data/types'
import { offerUndo, sayProblem } from '../data/undo'
import { t } from '../locale/i18n'
import { ta, type AdminKey } from './texts'

export type Settings = Record<string, string | number | boolean>
type Setting = string | number | boolean
export interface Known { settings: Settings; write: (name: string, value: Setting) => Promise<void> }
const RELOAD_PAUSE_MS = 300

/** As the dialog of conflicts shows one. */
function described(name: string): Entity {
  return { name: 'setting', label: ta('company'), title: name, fields: [{ name, label: ta(name as AdminKey), type: 'text' } as Field] } as unknown as Entity
}
const asRecord = (settings: Settings): RecordData => ({ id: '', version: 0, ...settings }) as RecordData

export function useSettings(): Known | null {
  const [settings, setSettings] = useState<Settings | null>(null)
  const etag = useRef<string | null>(null)
  const ask = async (): Promise<Settings> => {
    const answer = await request<Settings>('GET', 'settings')
    etag.current = answer.etag
    setSettings(answer.body)
    return answer.body
  }
  const load = (): void => { ask().catch(sayProblem) }
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    load()
    const stop = onHint((hint) => { if (!hint || hint.entity === 'setting') timer ??= setTimeout(() => { timer = undefined; load() }, RELOAD_PAUSE_MS) })
    return () => { stop(); clearTimeout(timer) }
  }, [])
  const patch = async (name: string, value: unknown): Promise<Settings> => {
    const { body, changeset, etag: next } = await request<Settings>('PATCH', 'settings', { body: { [name]: value }, headers: { 'If-Match': etag.current ?? '*' } })
    etag.current = next
    setSettings(body)
    offerUndo(t('changed', { what: ta(name as AdminKey) }), changeset, () => { load(); void loadMeta() })
    await loadMeta()
    return body
  }
  /** What somebody else wrote meanwhile stays, but where it is the same: there the person chooses. */
  const over = async (base: Settings, name: string, value: Setting): Promise<void> => {
    try { await patch(name, value) } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error
      const current = await ask()
      if (current[name] === base[name]) await patch(name, value)
      else conflict.value = { entity: described(name), base: asRecord(base), current: asRecord(current), wished: { [name]: { wire: value, shown: String(value) as Value } }, write: async (values) => asRecord(await patch(name, values[name])), onDone: () => {} }
    }
  }
  const write = async (name: string, value: Setting): Promise<void> => {
    if (!settings || String(settings[name] ?? '') === String(value)) return
    try { await over(settings, name, value) } catch (error) { sayProblem(error); setSettings({ ...settings }) }
  }
  return settings && { settings, write }
}

interface FieldProps { known: Known; name: string; options?: [string, string][] | null; list?: string; type?: 'text' | 'number' | 'password'; hint?: string; placeholder?: string }

/** One setting: a choice, a number, or a text. */
export function SettingField({ known: { settings, write }, name, options, list, type = 'text', hint, placeholder }: FieldProps) {
  const value = String(settings[name] ?? '')
  const id = `company-${name}`
  const described = hint ? { 'aria-describedby': `${id}-hint` } : {}
  return (
    <div class="field">
      <label for={id}>{ta(name as AdminKey)}</label>
      {options
        ? <select id={id} class="input" value={value} {...described} onChange={(event) => void write(name, event.currentTarget.value)}>{options.map(([code, text]) => <option key={code} value={code}>{text}</option>)}{!options.some(([code]) => code === value) && <option value={value}>{value}</option>}</select>
        : <input id={id} class="input" type={type} defaultValue={value} key={value} list={list} placeholder={placeholder} autocomplete={type === 'password' ? 'new-password' : 'off'} {...(type === 'number' ? { min: 1, inputMode: 'numeric' } : {})} {...described}
            onChange={(event) => { const text = event.currentTarget.value; void write(name, type === 'number' ? Number(text) : text); if (type === 'password') event.currentTarget.value = '' }} />}
      {hint && <small id={`${id}-hint`} class="hint">{hint}</small>}
    </div>
  )
}
