// The company's settings: who it is, its money, its time.
import { meta } from '../data/session'
import { language } from '../locale/i18n'
import { SettingField, useSettings } from './settings'
import { ta } from './texts'

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
  const known = useSettings()
  if (!known) return null
  return (
    <div class="form-grid">
      {names.map((name) => <SettingField key={name} known={known} name={name} options={choices(name)} {...(name === 'zone' ? { list: 'zones' } : {})} />)}
      <label class="check"><input type="checkbox" checked={known.settings['approve_definitions'] === true} onChange={(event) => void known.write('approve_definitions', event.currentTarget.checked)} />{ta('approve_definitions')}</label>
      <datalist id="zones">{Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}</datalist>
    </div>
  )
}
