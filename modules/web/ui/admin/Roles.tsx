// What each role may: a cell for each kind of record and action, and the same in words. A cell that is
// changed is put with the whole grant of that kind, as a definition of people over those of the program.
import { useEffect, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { get, request } from '../data/api'
import { loadMeta, meta } from '../data/session'
import { offerTakingBack, say, sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import type { Plan } from './plan'
import { FieldRights } from './FieldRights'
import { ta, type AdminKey } from './texts'
import { beginView } from './view'

const actions = ['read', 'create', 'update', 'delete', 'export'] as const
const labels = { read: 'says_verb_read', create: 'says_verb_create', update: 'says_verb_update', delete: 'says_verb_delete', export: 'says_verb_export' } as const
const permissions = ['import', 'undo', 'settings', 'schema', 'users', 'log', 'scripts'] as const
type Action = (typeof actions)[number]
type Grant = Partial<Record<Action, string>> & { hidden?: string[]; locked?: string[] }
interface Role { name: string; label: string; admin: boolean; permissions: string[]; entities: Record<string, Grant> }
interface Stored { kind: string; name: string; definition: Record<string, unknown> | null }

type Scope = 'none' | 'own' | 'team' | 'tree' | 'all' | 'custom'
function scopeOf(text: string | undefined): Scope {
  if (!text) return 'none'
  if (text === 'true' || text === 'all') return 'all'
  return text === 'own' || text === 'team' || text === 'tree' ? text : text.includes('my_tree') ? 'tree' : text.includes('my_team') ? 'team' : text === 'owner == me()' ? 'own' : 'custom'
}

export function Roles() {
  const [parameters, setParameters] = useSearchParams()
  const [roles, setRoles] = useState<Role[]>([])
  const [name, setName] = useState('')
  const load = async (): Promise<void> => { try { setRoles((await get<{ roles: Role[] }>('schema/roles')).roles) } catch (error) { sayProblem(error) } }
  useEffect(() => { void load() }, [])
  const role = roles.find((item) => item.name === parameters.get('of')) ?? roles.find((item) => !item.admin)
  const kinds = (meta.value?.entities ?? []).filter((entity) => !entity.system && !entity.child_of)
  const put = async (of: string, change: (stored: Record<string, unknown>) => Record<string, unknown>): Promise<void> => {
    try {
      const { definitions } = await get<{ definitions: Stored[] }>('schema/definitions')
      const known = definitions.find((item) => item.kind === 'role' && item.name === of)?.definition
      const { body } = await request<Plan>('PUT', `schema/roles/${of}`, { body: change(known ?? {}) })
      const back = (): Promise<unknown> => (known ? request('PUT', `schema/roles/${of}`, { body: known }) : request('DELETE', `schema/roles/${of}`))
      const again = (): Promise<unknown> => Promise.all([load(), loadMeta()])
      if (body.waiting) say(ta('waits'))
      else offerTakingBack(ta('saved'), () => back().then(again))
      await again()
    } catch (error) { sayProblem(error) }
  }
  const setGrant = (entity: string, grant: Grant): void => {
    if (role) void put(role.name, (stored) => ({ ...stored, entities: { ...(stored['entities'] as object | undefined), [entity]: grant } }))
  }
  const setCell = (entity: string, action: Action, scope: Scope): void => {
    const grant: Grant = { ...(role?.entities[entity] ?? {}) }
    if (scope === 'none') delete grant[action]
    else grant[action] = scope
    setGrant(entity, grant)
  }
  const setPermission = (permission: string, on: boolean): void => {
    if (!role) return
    const next = on ? [...role.permissions, permission] : role.permissions.filter((item) => item !== permission)
    void put(role.name, (stored) => ({ ...stored, permissions: next }))
  }
  const create = (event: Event): void => {
    event.preventDefault()
    void put(name, () => ({ label: name, entities: {} })).then(() => { setParameters({ of: name }); setName('') })
  }
  return (
    <>
      <p class="hint">{ta('roles_text')}</p>
      <div class="role-bar">
        <div class="field narrow">
          <label for="role">{ta('role')}</label>
          <select id="role" class="input" value={role?.name ?? ''} onChange={(event) => setParameters({ of: event.currentTarget.value })}>{roles.map((item) => <option key={item.name} value={item.name}>{item.label}</option>)}</select>
        </div>
        <form class="role-bar" onSubmit={create}>
          <div class="field narrow"><label for="new-role">{ta('new_role')}</label><input id="new-role" class="input" pattern="[a-z][a-z0-9_]*" title={ta('name_hint')} placeholder={ta('name_hint')} value={name} required onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" /></div>
          <Button type="submit">{t('create')}</Button>
        </form>
        {role && meta.value?.user.admin && <Button onClick={() => void beginView(`role:${role.name}`, role.label)}>{ta('view_role')}</Button>}
      </div>
      {role?.admin && <p>{ta('says_admin', { role: role.label })}</p>}
      {role && !role.admin && (
        <>
          <div class="scroll-box" tabIndex={0} role="region" aria-label={role.label}>
            <table class="grid-rows editable rights">
              <thead><tr><th scope="col">{ta('entity')}</th>{actions.map((action) => <th scope="col" key={action}>{ta(labels[action], { scope: '' }).replace(/\s*\(\)/, '')}</th>)}</tr></thead>
              <tbody>
                {kinds.map((entity) => (
                  <tr key={entity.name}>
                    <th scope="row">{entity.label_plural}</th>
                    {actions.map((action) => {
                      const scope = scopeOf(role.entities[entity.name]?.[action])
                      const offered: Scope[] = action === 'create' ? ['none', 'all'] : ['none', 'own', 'team', 'tree', 'all']
                      return (
                        <td key={action}>
                          <select class={`input scope-${scope}`} aria-label={`${entity.label_plural}: ${ta(labels[action], { scope: '' }).replace(/\s*\(\)/, '')}`} value={scope} onChange={(event) => setCell(entity.name, action, event.currentTarget.value as Scope)}>
                            {[...offered, ...(offered.includes(scope) ? [] : [scope])].map((item) => <option key={item} value={item} disabled={item === 'custom'}>{action === 'create' && item === 'all' ? t('yes') : ta(`may_${item}`)}</option>)}
                          </select>
                        </td>
                      )
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <FieldRights kinds={kinds} grantOf={(entity): Grant => role.entities[entity] ?? {}} setGrant={setGrant} />
          <fieldset class="permissions"><legend>{ta('permissions')}</legend>
            {permissions.map((permission) => <label class="check" key={permission}><input type="checkbox" checked={role.permissions.includes(permission)} onChange={(event) => setPermission(permission, event.currentTarget.checked)} />{ta(`perm_${permission}` as AdminKey)}</label>)}
          </fieldset>
          <section><h2>{ta('in_words')}</h2><ul class="in-words">{kinds.map((entity) => { const words = inWords(role.entities[entity.name] ?? {}, (field) => entity.fields.find((item) => item.name === field)?.label ?? field); return words && <li key={entity.name}>{ta('says_line', { entity: entity.label_plural, what: words })}</li> })}</ul></section>
        </>
      )}
    </>
  )
}

/** "reads (own team), creates, changes (own); does not see Cost". */
function inWords(grant: Grant, label: (field: string) => string): string {
  const said: string[] = actions.flatMap((action) => {
    const scope = scopeOf(grant[action])
    return scope === 'none' ? [] : [ta(labels[action], { scope: ta(`may_${scope}`) })]
  })
  if (said.length && grant.hidden?.length) said.push(ta('says_hidden', { fields: grant.hidden.map(label).join(', ') }))
  if (said.length && grant.locked?.length) said.push(ta('says_locked', { fields: grant.locked.map(label).join(', ') }))
  return said.join(', ')
}
