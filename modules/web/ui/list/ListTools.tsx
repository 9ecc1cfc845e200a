// Beside the filter: words to search for, what to group by, which columns, export.
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { Columns3, Group, MoreHorizontal, Search } from 'lucide-preact'
import { entity as findEntity, may } from '../data/session'
import { offerUndo } from '../data/undo'
import type { Entity } from '../data/types'
import { lazy } from '../kit/lazy'
import { Menu } from '../kit/Menu'
import { t } from '../locale/i18n'
import { Icon } from '../kit/Icon'
import type { ColumnsPanelProps } from './ColumnsPanel'
import { download, exportFormats } from './download'
import { printCondition } from '../filter/condition'
import { layoutIcons, layoutOf, layoutsOf } from './layouts'
import type { SegmentDialogProps } from './SegmentDialog'
import { canGroup, type ListAddress } from './state'

const ColumnsPanel = lazy<ColumnsPanelProps>(() => import('./ColumnsPanel').then((module) => module.ColumnsPanel))
const SegmentDialog = lazy<SegmentDialogProps>(() => import('./SegmentDialog').then((module) => module.SegmentDialog))
const TYPING_PAUSE_MS = 150

export function ListTools({ entity, address }: { entity: Entity; address: ListAddress }) {
  const { state, set } = address
  const [choosing, setChoosing] = useState(false)
  const [keeping, setKeeping] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const groups = entity.fields.filter(canGroup)
  const takes = entity.can.create && may('import')
  const keeps = state.where !== '' && (findEntity('segment')?.can.create ?? false)
  const [, navigate] = useLocation()
  const grouped = groups.find((field) => field.name === state.group)
  const layouts = layoutsOf(entity)
  const saved = (name: string, changeset: string | null): void => {
    const { where } = state
    setKeeping(false)
    set({ where: printCondition(entity, { kind: 'segment', name, not: false }) }, true)
    offerUndo(t('created', { what: name }), changeset, () => set({ where }, true))
  }
  const layout = layoutOf(entity, state.as)
  return (
    <div class="list-tools">
      {entity.search && <SearchBox key={entity.name} label={t('search_in', { what: entity.label_plural })} value={state.search} onChange={(text) => set({ search: text || undefined })} />}
      {layouts.length > 1 && (
        <span class="layouts" role="group" aria-label={t('layout')}>
          {layouts.map((name) => (
            <button key={name} type="button" class="button quiet icon" aria-pressed={name === layout} aria-label={t(`layout_${name}`)} title={t(`layout_${name}`)} onClick={() => set({ as: name === 'table' ? '' : name }, true)}><Icon name={layoutIcons[name]} size={15} /></button>
          ))}
        </span>
      )}
      {layout === 'table' && <Menu label={grouped ? t('grouped_by', { what: grouped.label }) : t('group_by')} class={`button quiet${grouped ? ' on' : ' icon'}`} items={[
        { label: t('group_none'), checked: !grouped, run: () => set({ group: '' }, true) },
        ...groups.map((field, index) => ({ label: field.label, checked: field === grouped, ...(index === 0 ? { section: true as const } : {}), run: () => set({ group: field.name }, true) })),
      ]}><Group size={15} aria-hidden="true" />{grouped && <span>{grouped.label}</span>}</Menu>}
      {layout === 'table' && <button ref={opener} type="button" class="button quiet icon desk" aria-haspopup="dialog" aria-expanded={choosing} aria-label={t('columns')} title={t('columns')} onClick={() => setChoosing(!choosing)}><Columns3 size={15} aria-hidden="true" /></button>}
      {choosing && <ColumnsPanel entity={entity} anchor={opener} columns={state.columns} onColumns={(columns) => set({ columns })} onClose={() => setChoosing(false)} />}
      {(entity.can.export || takes || keeps || entity.duplicates) && <Menu label={t('more')} class="button quiet icon" items={[...(keeps ? [{ label: t('segment_save_as'), icon: 'filter', run: () => setKeeping(true) }] : []), ...(entity.duplicates ? [{ label: t('duplicates'), icon: 'rows', run: () => navigate(`/${entity.name}/duplicates`) }] : []), ...(takes ? [{ label: t('import_file'), icon: 'upload', run: () => navigate(`/${entity.name}/import`) }] : []), ...(entity.can.export ? exportFormats(entity) : []).map((format) => ({
        label: t('export_as', { format: format === 'vcf' ? 'vCard' : format.toUpperCase() }), icon: 'download', run: () => download(entity.name, format, { where: state.where, search: state.search }, state.columns.map((column) => column.field.name)),
      }))]}><MoreHorizontal size={15} aria-hidden="true" /></Menu>}
      {keeping && <SegmentDialog entity={entity} where={state.where} onClose={() => setKeeping(false)} onSaved={saved} />}
    </div>
  )
}

function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  useEffect(() => { if (value !== sent.current) { sent.current = value; setText(value) } }, [value])
  useEffect(() => {
    if (text === sent.current) return
    const timer = setTimeout(() => { sent.current = text; onChange(text) }, TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  const keys = (event: KeyboardEvent): void => { if (event.key === 'Escape') { setText(''); (event.currentTarget as HTMLElement).blur() } }
  return (
    <span class="search-box" role="search"><Search size={14} aria-hidden="true" />
      <input id="list-search" type="search" class="input" placeholder={t('search')} aria-label={label} aria-keyshortcuts="/" value={text} onInput={(event) => setText(event.currentTarget.value)} onKeyDown={keys} />
    </span>
  )
}
