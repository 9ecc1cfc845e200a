// What can be done to the chosen records: one field, the owner, a tag, export, the trash; each undone
// as a whole.
import { useRef, useState } from 'preact/hooks'
import { Download, ListMinus, ListPlus, Merge, Pencil, Tag as TagIcon, Trash2, UserRoundCheck, X, Zap } from 'lucide-preact'
import { get, request } from '../data/api'
import { followJob, progress } from '../data/jobs'
import { meta } from '../data/session'
import { offerUndo, sayProblem } from '../data/undo'
import type { Entity, Field, Page, Reference } from '../data/types'
import { fromDraft, isEditable, toDraft, type Draft } from '../field/draft'
import { FieldInput } from '../field/FieldInput'
import { ReferencePicker } from '../field/ReferencePicker'
import { Button } from '../kit/Button'
import { lazy } from '../kit/lazy'
import { Popover } from '../kit/Popover'
import { t } from '../locale/i18n'
import { scriptActionsFor } from '../script/actions'
import { useActions } from '../shell/actions'
import { download, exportFormats } from './download'
import { Menu } from '../kit/Menu'
import type { MergeDialogProps } from '../merge/MergeDialog'
import { PickList } from './PickList'
import type { Selection } from './selection'

const MergeDialog = lazy<MergeDialogProps>(() => import('../merge/MergeDialog').then((module) => module.MergeDialog))
const MERGED_MAX = 5
const FOUND_MAX = 1000
const ASKED_AT_ONCE = 100
const pieces = (ids: string[]): string[][] => [...Array(Math.ceil(ids.length / ASKED_AT_ONCE)).keys()].map((at) => ids.slice(at * ASKED_AT_ONCE, (at + 1) * ASKED_AT_ONCE))

export interface BulkBarProps { entity: Entity; selection: Selection; where: string; search: string | undefined; total: number; onDone: () => void }
interface BulkAnswer { matched: number; changed: number; failed: number; failures: { detail: string }[]; changeset: string | null; job?: string }
type Panel = 'edit' | 'assign' | 'tag' | 'list_add' | 'list_remove' | null

export function BulkBar({ entity, selection, where, search, total, onDone }: BulkBarProps) {
  const [panel, setPanel] = useState<Panel>(() => { const wanted = selection.wants; selection.wants = null; return wanted })
  const [merging, setMerging] = useState<string[] | null>(null)
  const bar = useRef<HTMLDivElement>(null)
  const count = selection.size.value
  const mayMerge = entity.can.update && entity.can.delete && !entity.system && !selection.all.value && count >= 2 && count <= MERGED_MAX
  const merge = (): void => setMerging([...selection.ids.peek()])
  /** All that is found: with words to search for those records and no others, as many as a search finds. */
  const chosen = async (): Promise<Record<string, unknown>> => {
    if (!selection.all.peek()) return { ids: [...selection.ids.peek()] }
    if (!search) return { where: where || 'id ~= nil' }
    const page = await get<Page>(`records/${entity.name}`, { fields: 'id', where, q: search, limit: FOUND_MAX })
    return { ids: page.records.map((record) => record.id) }
  }
  /** Those of the chosen records that an action is for, in questions of bearable length. */
  const fitting = async (when: string | undefined): Promise<{ ids: string[]; left: number }> => {
    const chosenIds = selection.all.peek() ? null : [...selection.ids.peek()]
    if (chosenIds && !when) return { ids: chosenIds, left: 0 }
    const conditions = chosenIds ? pieces(chosenIds).map((ids) => `one_of(id, ${ids.map((id) => `"${id}"`).join(', ')})`) : [where]
    const pages = await Promise.all(conditions.map((condition) => get<Page>(`records/${entity.name}`, { fields: 'id', where: [condition, when].filter(Boolean).map((part) => `(${part})`).join(' and '), q: chosenIds ? undefined : search, limit: FOUND_MAX })))
    const ids = pages.flatMap((page) => page.records.map((record) => record.id))
    return { ids, left: count - ids.length }
  }
  const which = (): { where: string; search?: string | undefined } => (selection.all.peek() ? { where, search } : { where: `one_of(id, ${[...selection.ids.peek()].map((id) => `"${id}"`).join(', ')})` })
  const run = async (change: Record<string, unknown>, done: (count: number) => string): Promise<void> => {
    setPanel(null)
    progress.value = { text: t('working'), done: null, of: count }
    try {
      const { body, status } = await request<BulkAnswer>('POST', `records/${entity.name}/bulk`, { body: { ...(await chosen()), ...change } })
      const result = status === 202 && body.job ? ((await followJob(body.job, t('working'), total)) as unknown as BulkAnswer) : body
      offerUndo(done(result.changed) + (result.failed ? ` · ${t('bulk_failed', { count: result.failed })}: ${result.failures[0]?.detail ?? ''}` : ''), result.changeset, onDone)
      if (change['delete']) selection.clear()
      onDone()
    } catch (error) { sayProblem(error) } finally { progress.value = null }
  }
  const changed = (what: string) => (changedCount: number): string => t('bulk_changed', { count: changedCount, what })
  const remove = (): void => { void run({ delete: true }, (deleted) => t('bulk_deleted', { count: deleted })) }
  const may = entity.can.update
  const owner = entity.fields.find((field) => field.name === 'owner')
  const tags = entity.fields.find((field) => field.name === 'tags')
  const lists = entity.fields.find((field) => field.type === 'links' && field.ref === 'segment')
  const offered = count <= FOUND_MAX ? scriptActionsFor(entity, fitting, onDone) : []
  useActions([
    ...offered,
    { id: 'bulk.edit', group: 'selection', label: t('bulk_edit'), icon: 'pencil', when: () => may, run: () => setPanel('edit') },
    { id: 'bulk.assign', group: 'selection', label: t('assign'), keys: 'a', icon: 'assign', when: () => may && !!owner, run: () => setPanel('assign') },
    { id: 'bulk.tag', group: 'selection', label: t('tag_add'), icon: 'tag', when: () => may && !!tags, run: () => setPanel('tag') },
    { id: 'bulk.merge', group: 'selection', label: t('merge'), icon: 'columns', when: () => mayMerge, run: merge },
    { id: 'bulk.list_add', group: 'selection', label: t('list_add'), icon: 'plus', when: () => may && !!lists, run: () => setPanel('list_add') },
    { id: 'bulk.list_remove', group: 'selection', label: t('list_remove'), icon: 'remove', when: () => may && !!lists, run: () => setPanel('list_remove') },
    { id: 'bulk.delete', group: 'selection', label: t('delete'), keys: 'Delete', icon: 'trash', when: () => entity.can.delete, run: remove },
  ])
  const button = (name: Panel, label: string, Shape: typeof Pencil): preact.JSX.Element => (
    <Button look="quiet" aria-haspopup="dialog" aria-expanded={panel === name} onClick={() => setPanel(panel === name ? null : name)}><Shape size={14} aria-hidden="true" /><span>{label}</span></Button>
  )
  return (
    <div class="bulk" ref={bar} role="toolbar" aria-label={t('selected', { count })}>
      <strong>{t('selected', { count })}</strong>
      {!selection.all.value && total > count && <Button look="quiet" onClick={() => selection.everything(total)}>{t('select_everything', { count: total })}</Button>}
      <span class="bulk-line" />
      {may && button('edit', t('edit'), Pencil)}
      {may && owner && button('assign', t('assign'), UserRoundCheck)}
      {may && tags && button('tag', t('tag'), TagIcon)}
      {mayMerge && <Button look="quiet" aria-haspopup="dialog" onClick={merge}><Merge size={14} aria-hidden="true" /><span>{t('merge')}</span></Button>}
      {may && lists && button('list_add', t('list_add'), ListPlus)}
      {may && lists && button('list_remove', t('list_remove'), ListMinus)}
      {offered.length > 0 && <Menu label={t('actions')} class="button quiet" items={offered.map((action) => ({ label: action.label, run: () => void action.run(), ...(action.icon ? { icon: action.icon } : {}) }))}><Zap size={14} aria-hidden="true" /><span>{t('actions')}</span></Menu>}
      {entity.can.export && <Menu label={t('export')} class="button quiet" items={exportFormats(entity).map((format) => ({
        label: t('export_as', { format: format === 'vcf' ? 'vCard' : format.toUpperCase() }), run: () => download(entity.name, format, which(), entity.fields.filter((field) => !field.many && field.type !== 'json').map((field) => field.name)),
      }))}><Download size={14} aria-hidden="true" /><span>{t('export')}</span></Menu>}
      {entity.can.delete && <Button look="quiet" onClick={remove}><Trash2 size={14} aria-hidden="true" /><span>{t('delete')}</span></Button>}
      <Button look="quiet" icon aria-label={t('select_none')} title={t('select_none')} onClick={() => selection.clear()}><X size={14} aria-hidden="true" /></Button>
      {merging && <MergeDialog entity={entity} ids={merging} onClose={() => setMerging(null)} onMerged={() => { selection.clear(); onDone() }} />}
      {panel && (
        <Popover anchor={bar} label={t(panel)} class="bulk-panel" onClose={() => setPanel(null)}>
          {panel === 'edit' && <BulkEdit entity={entity} onApply={(field, value) => void run({ set: { [field.name]: value } }, changed(field.label))} />}
          {panel === 'assign' && <PickOne label={t('assign_to')} entity="user" onPick={(user) => void run({ set: { owner: user.id } }, changed(owner?.label ?? ''))} />}
          {(panel === 'list_add' || panel === 'list_remove') && lists && <PickList entity={entity} label={t(panel)} creates={panel === 'list_add'} onPick={(id, name) => void run({ set: { [lists.name]: { [panel === 'list_add' ? 'add' : 'remove']: [id] } } }, changed(name))} />}
          {panel === 'tag' && <PickTag onPick={(tag) => void run({ set: { tags: { add: [tag.id] } } }, changed(tags?.label ?? ''))} />}
        </Popover>
      )}
    </div>
  )
}

function PickOne({ label, entity, onPick }: { label: string; entity: string; onPick: (value: Reference) => void }) {
  const me = meta.value?.user
  return (
    <div class="condition">
      <strong>{label}</strong>
      <ReferencePicker entity={entity} value={null} label={label} autoFocus onPick={(value) => { if (value) onPick(value) }} />
      {entity === 'user' && me && <Button look="quiet" onClick={() => onPick({ id: me.id, title: me.name })}>{t('assign_me')}</Button>}
    </div>
  )
}

/** An existing tag, or a new one by its name. */
function PickTag({ onPick }: { onPick: (tag: Reference) => void }) {
  const [name, setName] = useState('')
  const create = async (event: Event): Promise<void> => {
    event.preventDefault()
    try { onPick((await request<{ id: string }>('POST', 'records/tag', { body: { name: name.trim() } })).body) } catch (error) { sayProblem(error) }
  }
  return (
    <div class="condition">
      <PickOne label={t('tag_add')} entity="tag" onPick={onPick} />
      <form class="row" onSubmit={(event) => void create(event)}>
        <input class="input" aria-label={t('tag_new')} placeholder={t('tag_new')} value={name} onInput={(event) => setName(event.currentTarget.value)} maxLength={100} />
        <Button type="submit" disabled={!name.trim()}>{t('add')}</Button>
      </form>
    </div>
  )
}

function BulkEdit({ entity, onApply }: { entity: Entity; onApply: (field: Field, value: unknown) => void }) {
  const fields = entity.fields.filter((field) => isEditable(field) && field.type !== 'labelled' && !field.unique)
  const [field, setField] = useState<Field | undefined>(fields[0])
  const [draft, setDraft] = useState<Draft>(field ? toDraft(field, null) : '')
  const submit = (event: Event): void => { event.preventDefault(); if (field) onApply(field, fromDraft(field, draft, meta.value?.company.currency ?? '')) }
  return (
    <form class="condition" onSubmit={submit}>
      <strong>{t('bulk_edit')}</strong>
      <select class="input" autofocus aria-label={t('field')} value={field?.name} onChange={(event) => { const next = fields.find((item) => item.name === event.currentTarget.value); setField(next); if (next) setDraft(toDraft(next, null)) }}>
        {fields.map((item) => <option key={item.name} value={item.name}>{item.label}</option>)}
      </select>
      {field && <><label class="visually-hidden" for="bulk-value">{field.label}</label><FieldInput key={field.name} field={field} entity={entity.name} id="bulk-value" draft={draft} onDraft={setDraft} /></>}
      <div class="form-actions"><Button type="submit" look="primary">{t('apply')}</Button></div>
    </form>
  )
}
