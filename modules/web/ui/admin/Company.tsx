// The company's settings: written when a field is left.
import { useEffect, useState } from 'preact/hooks'
import { get, request } from '../data/api'
import { loadMeta, meta } from '../data/session'
import { offerUndo, sayProblem } from '../data/undo'
import { language, t } from '../locale/i18n'
import { ta, type AdminKey } from './texts'

type Settings = Record<string, string | number | boolean>
const names = ['company_name', 'base_currency', 'zone', 'language', 'week_start', 'fiscal_month', 'public_url'] as const

function choices(name: (typeof names)[number]): [string, string][] | null {
  const named = (options: Intl.DateTimeFormatOptions, count: number, day: (at: number) => Date): [string, string][] =>
    [...Array(count).keys()].map((at) => [String(at + 1), new Intl.DateTimeFormat(language.value, { ...options, timeZone: 'UTC' }).format(day(at))])
  if (name === 'language') return [['en', 'English'], ['ru', 'Русский']]
  if (name === 'week_start') return named({ weekday: 'long' }, 7, (at) => new Date(Date.UTC(2024, 0, 1 + at)))
  if (name === 'fiscal_month') return named({ month: 'long' }, 12, (at) => new Date(Date.UTC(2024, at, 1)))
  if (name === 'base_currency') return (meta.value?.currencies ?? []).map((item) => [item.code, item.code])
  return null
}

export function Company() {
  const [settings, setSettings] = useState<Settings | null>(null)
  const load = (): void => { get<Settings>('settings').then(setSettings, sayProblem) }
  useEffect(load, [])
  const write = async (name: string, value: string | boolean): Promise<void> => {
    if (!settings || String(settings[name] ?? '') === String(value)) return
    try {
      const { body, changeset } = await request<Settings>('PATCH', 'settings', { body: { [name]: value } })
      setSettings(body)
      offerUndo(t('changed', { what: ta(name as AdminKey) }), changeset, () => { load(); void loadMeta() })
      await loadMeta()
    } catch (error) { sayProblem(error); setSettings({ ...settings }) }
  }
  if (!settings) return null
  return (
    <div class="form-grid">
      {names.map((name) => {
        const options = choices(name)
        const value = String(settings[name] ?? '')
        return (
          <div class="field" key={name}>
            <label for={`company-${name}`}>{ta(name)}</label>
            {options
              ? <select id={`company-${name}`} class="input" value={value} onChange={(event) => void write(name, event.currentTarget.value)}>{options.map(([code, text]) => <option key={code} value={code}>{text}</option>)}{!options.some(([code]) => code === value) && <option value={value}>{value}</option>}</select>
              : <input id={`company-${name}`} class="input" defaultValue={value} key={value} list={name === 'zone' ? 'zones' : undefined} autocomplete="off" onChange={(event) => void write(name, event.currentTarget.value)} />}
          </div>
        )
      })}
      <label class="check"><input type="checkbox" checked={settings['approve_definitions'] === true} onChange={(event) => void write('approve_definitions', event.currentTarget.checked)} />{ta('approve_definitions')}</label>
      <datalist id="zones">{Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}</datalist>
    </div>
  )
}
