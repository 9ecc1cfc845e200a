// Saved views as tabs: everybody's list first, own and shared ones after it; a changed one says so.
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { Bookmark, MoreHorizontal, Users } from 'lucide-preact'
import { get, request } from '../data/api'
import { onHint } from '../data/live'
import { entity as findEntity, meta } from '../data/session'
import { offerUndo, sayProblem } from '../data/undo'
import type { Entity, Page, RecordData } from '../data/types'
import { lazy } from '../kit/lazy'
import { Menu, type MenuItem } from '../kit/Menu'
import { t } from '../locale/i18n'
import type { ViewDialogProps } from './ViewDialog'
import { readView, writeColumns, type ListAddress, type SavedView } from './state'
import { useTabCounts } from './tabCounts'

const ViewDialog = lazy<ViewDialogProps>(() => import('./ViewDialog').then((module) => module.ViewDialog))
const VIEW = 'saved_view'
export interface Views { list: SavedView[]; reload: () => Promise<void> }

export function useViews(entity: Entity): Views {
  const [list, setList] = useState<SavedView[]>([])
  const reload = async (): Promise<void> => {
    if (!findEntity(VIEW)?.can.read) return
    const page = await get<Page>(`records/${VIEW}`, { where: `entity == ${JSON.stringify(entity.name)} and (owner == me() or shared)`, fields: 'name,filter,columns,sort,shared,owner,position', sort: 'position,created_at', limit: 100 })
    setList(page.records.map(readView))
  }
  useEffect(() => { reload().catch(() => {}) }, [entity.name])
  useEffect(() => onHint((hint) => { if (hint === null || hint.entity === VIEW) reload().catch(() => {}) }), [entity.name])
  return { list, reload }
}

export function ViewTabs({ entity, views, address }: { entity: Entity; views: Views; address: ListAddress }) {
  const { state, changed } = address
  const [, navigate] = useLocation()
  const counts = useTabCounts(entity, views.list)
  const [naming, setNaming] = useState<'new' | 'rename' | null>(null)
  const current = views.list.find((view) => view.id === state.view)
  const mine = current && current.owner === meta.value?.user.id
  const mayCreate = findEntity(VIEW)?.can.create ?? false
  const contents = (): Record<string, unknown> => ({ filter: state.where || null, sort: state.sort || null, columns: { columns: writeColumns(state.columns), group: state.group, as: state.as } })
  const path = (id: string): string => (id ? `/${entity.name}?view=${id}` : state.as ? `/${entity.name}?as=${state.as}` : `/${entity.name}`)
  const open = (id: string): void => navigate(path(id))
  const write = async (method: string, path: string, body: unknown, text: string): Promise<RecordData | null> => {
    try {
      const answer = await request<RecordData | null>(method, path, body === undefined ? {} : { body })
      offerUndo(text, answer.changeset, () => void views.reload())
      await views.reload()
      return answer.body
    } catch (error) { sayProblem(error); return null }
  }
  const save = async (view: SavedView): Promise<void> => { if (await write('PATCH', `records/${VIEW}/${view.id}`, contents(), t('changed', { what: view.name }))) open(view.id) }
  const saveAs = async (name: string, shared: boolean): Promise<void> => {
    setNaming(null)
    if (naming === 'rename' && current) { await write('PATCH', `records/${VIEW}/${current.id}`, { name, shared }, t('changed', { what: name })); return }
    const made = await write('POST', `records/${VIEW}`, { name, shared, entity: entity.name, ...contents() }, t('created', { what: name }))
    if (made) open(made.id)
  }
  const items: MenuItem[] = [
    ...(mine && changed ? [{ label: t('view_save'), icon: 'bookmark', run: () => void save(current) }] : []),
    ...(mayCreate ? [{ label: t('view_save_as'), icon: 'plus', run: () => setNaming('new') }] : []),
    ...(changed ? [{ label: t('view_reset'), icon: 'undo', run: () => open(state.view) }] : []),
    ...(mine ? [
      { label: t('view_rename'), icon: 'pencil', section: true as const, run: () => setNaming('rename') },
      { label: current.shared ? t('view_unshare') : t('view_share'), icon: 'share', run: () => void write('PATCH', `records/${VIEW}/${current.id}`, { shared: !current.shared }, t('changed', { what: current.name })) },
      { label: t('delete'), icon: 'trash', danger: true, run: () => { void write('DELETE', `records/${VIEW}/${current.id}`, undefined, t('deleted', { what: current.name })); open('') } },
    ] : []),
  ]
  const tab = (id: string, name: string, shared: boolean): preact.JSX.Element => (
    <a key={id} href={path(id)} aria-current={state.view === id ? 'page' : undefined} onClick={(event) => { event.preventDefault(); open(id) }}>
      {shared && <Users size={12} aria-label={t('view_shared')} />}{name}{counts.has(id) && <span class="tab-count">{counts.get(id)}</span>}{state.view === id && changed && <span class="dot" title={t('view_changed')}><span class="visually-hidden"> ({t('view_changed')})</span></span>}
    </a>
  )
  return (
    <div class="tabs">
      <nav class="tab-list" aria-label={t('views')}>
        {tab('', t('view_all'), false)}
        {views.list.map((view) => tab(view.id, view.name, view.shared))}
      </nav>
      {changed && mine && <button type="button" class="button quiet save-view" onClick={() => void save(current)}><Bookmark size={13} aria-hidden="true" />{t('save')}</button>}
      {changed && !mine && mayCreate && <button type="button" class="button quiet save-view" onClick={() => setNaming('new')}><Bookmark size={13} aria-hidden="true" />{t('view_save_as')}</button>}
      {items.length > 0 && <Menu label={t('view_menu')} class="button quiet icon" items={items}><MoreHorizontal size={15} aria-hidden="true" /></Menu>}
      {naming && <ViewDialog label={naming === 'new' ? t('view_save_as') : t('view_rename')} name={naming === 'rename' ? current?.name ?? '' : ''} shared={naming === 'rename' && (current?.shared ?? false)} onSave={(name, shared) => void saveAs(name, shared)} onClose={() => setNaming(null)} />}
    </div>
  )
}
