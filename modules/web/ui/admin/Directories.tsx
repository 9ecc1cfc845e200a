// What choice fields offer: one directory at a time, its values in their order.
import { useSearchParams } from 'wouter-preact'
import { language } from '../locale/i18n'
import { Rows, useRows } from './Rows'
import { ta } from './texts'

export function Directories() {
  const [parameters, setParameters] = useSearchParams()
  const { rows } = useRows('directory', { sort: 'name' })
  const chosen = rows?.find((row) => row['name'] === parameters.get('of')) ?? rows?.[0]
  return (
    <>
      <p class="hint">{ta('directory_text')}</p>
      <div class="field narrow">
        <label for="directory">{ta('directory')}</label>
        <select id="directory" class="input" value={String(chosen?.['name'] ?? '')} onChange={(event) => setParameters({ of: event.currentTarget.value })}>
          {rows?.map((row) => <option key={row.id} value={String(row['name'])}>{String((language.value === 'ru' && row['label_ru']) || row['label'] || row['name'])}</option>)}
        </select>
      </div>
      {chosen && <Rows key={chosen.id} entity="directory_item" where={`directory == "${chosen.id}"`} sort="position,label" order="position" fixed={{ directory: chosen.id }} fields={['code', 'label', 'label_ru', 'color', 'active']}
        fate={{ subject: (row) => `${String(chosen['name'])}/${String(row['code'])}`, key: 'code', leaves: true }} />}
    </>
  )
}
