// How a built report or dashboard is called, who sees it, whether somebody answers for its figures, and whose
// first page it is.
import { useEffect, useState } from 'preact/hooks'
import { get, Problem, request } from '../data/api'
import { directory, entity, meta } from '../data/session'
import { offerUndo } from '../data/undo'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'
import { tr } from './texts'

interface Props { kind?: 'report' | 'dashboard'; title?: string; id: string | null; name: string; description: string; definition: object; onSaved: (id: string) => void; onClose: () => void }
interface Kept { id: string; shared: string | null; roles: string[] | null; teams: { id: string }[] | null; certified?: boolean | null; offered?: string[] | null }

export function SaveDialog({ kind = 'report', title = tr('save_report'), id, name: called, description: told, definition, onSaved, onClose }: Props) {
  const of = entity(kind)
  const field = (name: string) => of?.fields.find((one) => one.name === name)
  const may = (one: string): boolean => { const found = field(one); return !!found && !found.locked }
  const [name, setName] = useState(called)
  const [description, setDescription] = useState(told)
  const [shared, setShared] = useState('own')
  const [roles, setRoles] = useState<string[]>([])
  const [teams, setTeams] = useState<string[]>([])
  const [offered, setOffered] = useState<string[]>([])
  const [certified, setCertified] = useState(false)
  const [all, setAll] = useState<{ id: string; name: string }[]>([])
  const [failure, setFailure] = useState('')
  const [ready, setReady] = useState(id === null)
  useEffect(() => {
    get<{ records: { id: string; name: string }[] }>('records/team', { fields: 'name', sort: 'name', limit: 200 }).then(({ records }) => setAll(records)).catch(() => {})
    if (id) get<Kept>(`records/${kind}/${id}`).then((kept) => { setShared(kept.shared ?? 'own'); setRoles(kept.roles ?? []); setTeams((kept.teams ?? []).map((team) => team.id)); setCertified(kept.certified ?? false); setOffered(kept.offered ?? []); setReady(true) }).catch((error: Error) => setFailure(error.message))
  }, [])
  const save = async (): Promise<void> => {
    const shares = may('shared') ? { shared, roles, teams } : {}
    const body = { name: name.trim(), description: description.trim() || null, definition, ...shares, ...(may('offered') ? { offered } : {}) }
    try {
      const made = await request<{ id: string }>(id ? 'PATCH' : 'POST', id ? `records/${kind}/${id}` : `records/${kind}`, { body })
      if (may('certified') && certified) await request('PATCH', `records/${kind}/${made.body.id}`, { body: { certified } })
      offerUndo(tr('saved', { name: body.name }), made.changeset)
      onSaved(made.body.id)
    } catch (error) { setFailure(error instanceof Problem ? error.message : String(error)) }
  }
  const toggle = (list: string[], value: string): string[] => (list.includes(value) ? list.filter((one) => one !== value) : [...list, value])
  return (
    <Dialog label={title} onClose={onClose}>
      <form class="dialog-body" onSubmit={(event) => { event.preventDefault(); void save() }}>
        <div class="field"><label for="report-name">{t('name')}</label><input id="report-name" class="input" autofocus required maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" /></div>
        <div class="field"><label for="report-about">{field('description')?.label}</label><input id="report-about" class="input" maxLength={500} value={description} onInput={(event) => setDescription(event.currentTarget.value)} autocomplete="off" /></div>
        {may('shared') && <div class="field"><label for="report-shared">{field('shared')?.label}</label>
          <select id="report-shared" class="input" value={shared} onChange={(event) => setShared(event.currentTarget.value)}>{directory('report_sharing')?.items.map((item) => <option key={item.code} value={item.code}>{item.label}</option>)}</select></div>}
        {may('roles') && shared !== 'everyone' && <Several label={field('roles')?.label ?? ''} items={(directory('report_audience')?.items ?? []).map((item) => ({ value: item.code, label: item.label }))} chosen={roles} onToggle={(value) => setRoles(toggle(roles, value))} />}
        {may('teams') && shared !== 'everyone' && all.length > 0 && <Several label={field('teams')?.label ?? ''} items={all.map((team) => ({ value: team.id, label: team.name }))} chosen={teams} onToggle={(value) => setTeams(toggle(teams, value))} />}
        {may('offered') && <Several label={field('offered')?.label ?? ''} items={(directory('report_audience')?.items ?? []).map((item) => ({ value: item.code, label: item.label }))} chosen={offered} onToggle={(value) => setOffered(toggle(offered, value))} />}
        {may('certified') && <label class="check"><input type="checkbox" checked={certified} onChange={(event) => setCertified(event.currentTarget.checked)} /><span>{field('certified')?.label}<small class="hint"> {meta.value && tr('certified_hint')}</small></span></label>}
        {failure && <p class="field-error" role="alert">{failure}</p>}
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={!name.trim() || !ready}>{t('save')}</Button></div>
      </form>
    </Dialog>
  )
}

function Several({ label, items, chosen, onToggle }: { label: string; items: { value: string; label: string }[]; chosen: string[]; onToggle: (value: string) => void }) {
  return (
    <fieldset class="builder-several"><legend class="field-label">{label}</legend>
      {items.map((item) => <label key={item.value} class="check"><input type="checkbox" checked={chosen.includes(item.value)} onChange={() => onToggle(item.value)} />{item.label}</label>)}
    </fieldset>
  )
}
