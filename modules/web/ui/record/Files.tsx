// The files of a record: a list with previews, a place to drop, progress of what is being sent.
import { useEffect, useState } from 'preact/hooks'
import { Download, Plus, Trash2 } from 'lucide-preact'
import { onHint } from '../data/live'
import { entity as findEntity } from '../data/session'
import { sayProblem } from '../data/undo'
import { isReference, type Entity, type RecordData } from '../data/types'
import { clockText } from '../format/days'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { Icon } from '../kit/Icon'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { useParameter } from '../shell/address'
import { attach, contentOf, filesChanged, loadFiles, pickFiles, removeFile, shapeOf, uploads } from './attachments'
import { actorName, sizeText } from '../format/format'

const FilePreview = lazy<{ file: RecordData; onClose: () => void }>(() => import('./FilePreview').then((module) => module.FilePreview))
const SHOWN = 6

export function Files({ entity, record }: { entity: Entity; record: RecordData }) {
  const [files, setFiles] = useState<RecordData[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [all, setAll] = useState(false)
  const [shown, open] = useParameter('file')
  const own = findEntity('file')
  const canAdd = own?.can.create === true
  const load = (): void => { loadFiles(record.id).then((found) => { setProblem(null); setFiles(found) }).catch(setProblem) }
  useEffect(load, [record.id, filesChanged.value])
  useEffect(() => onHint((hint) => { if (!hint || hint.entity === 'file') load() }), [record.id])
  useDropAndPaste(canAdd, entity.name, record.id)
  if (!own?.can.read) return null
  const preview = files?.find((file) => file.id === shown)
  const listed = all ? files : files?.slice(0, SHOWN)
  return (
    <section class="related files" aria-label={own.label_plural}>
      <h2 class="section-title"><span class="grow">{own.label_plural} {files && files.length > 0 && <span class="number">{files.length}</span>}</span>
        {canAdd && <Button look="quiet" icon aria-label={tr('attach')} title={tr('attach')} onClick={() => pickFiles(entity.name, record.id)}><Plus size={14} aria-hidden="true" /></Button>}</h2>
      {problem !== null && <ErrorCard error={problem} retry={load} />}
      {uploads.value.map((item) => <div key={item.name} class="upload"><span class="grow">{item.name}</span><progress max={item.total || 1} value={item.done} aria-label={item.name} /></div>)}
      <ul>{listed?.map((file) => (
        <li key={file.id} class="related-row file-row">
          <button type="button" class="file-name" onClick={() => open(file.id)}><Thumb file={file} /><span>{String(file['name'])}</span></button>
          <span class="sub">{sizeText(Number(file['bytes'] ?? 0))}</span>
          <a class="button quiet icon tiny" href={contentOf(file.id)} download aria-label={`${t('download')}: ${String(file['name'])}`} title={t('download')}><Download size={13} aria-hidden="true" /></a>
          {own.can.delete && <Button look="quiet" icon class="tiny" aria-label={`${t('delete')}: ${String(file['name'])}`} title={t('delete')} onClick={() => { removeFile(file).catch(sayProblem) }}><Trash2 size={13} aria-hidden="true" /></Button>}
        </li>
      ))}</ul>
      {files && files.length > SHOWN && <Button look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>{all ? tr('show_less') : tr('show_all', { count: files.length })}</Button>}
      {files?.length === 0 && canAdd && <button type="button" class="drop-hint" onClick={() => pickFiles(entity.name, record.id)}>{t('drop_hint')}</button>}
      {preview && <FilePreview file={preview} onClose={() => open('')} />}
    </section>
  )
}

function Thumb({ file }: { file: RecordData }) {
  return shapeOf(file) === 'image' ? <img class="thumb" src={contentOf(file.id)} alt="" loading="lazy" /> : <span class="thumb"><Icon name="paperclip" size={13} /></span>
}

/** Anywhere on the page: files let go are attached, an image in the clipboard too. */
function useDropAndPaste(active: boolean, entity: string, id: string): void {
  useEffect(() => {
    if (!active) return
    const holds = (event: DragEvent): boolean => [...(event.dataTransfer?.types ?? [])].includes('Files')
    const mark = (on: boolean): void => { if (on) document.body.dataset['drop'] = tr('drop_here'); else delete document.body.dataset['drop'] }
    const over = (event: DragEvent): void => { if (holds(event)) { event.preventDefault(); mark(true) } }
    const leave = (event: DragEvent): void => { if (!event.relatedTarget) mark(false) }
    const drop = (event: DragEvent): void => {
      if (!holds(event)) return
      event.preventDefault()
      mark(false)
      void attach([...(event.dataTransfer?.files ?? [])], entity, id)
    }
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length) { event.preventDefault(); void attach(files, entity, id) }
    }
    const pairs = [['dragover', over], ['dragleave', leave], ['drop', drop], ['paste', paste]] as const
    for (const [name, listener] of pairs) document.addEventListener(name, listener as EventListener)
    return () => { mark(false); for (const [name, listener] of pairs) document.removeEventListener(name, listener as EventListener) }
  }, [active, entity, id])
}

export function FileEvent({ file, refresh }: { file: RecordData; refresh: () => void }) {
  const [, open] = useParameter('file')
  const by = file['created_by']
  const at = String(file['created_at'] ?? '')
  useEffect(() => { if (filesChanged.value) refresh() }, [filesChanged.value])
  return (
    <li class="event" data-kind="file">
      <span class="mark" aria-hidden="true"><Icon name="paperclip" size={12} /></span>
      <div class="event-body">
        <div class="event-head"><strong>{actorName(isReference(by) ? by : null)}</strong> {tr('attached_file')} <button type="button" class="link" onClick={() => open(file.id)}>{String(file['name'])}</button> <span class="event-sub">{sizeText(Number(file['bytes'] ?? 0))}</span></div>
        {shapeOf(file) === 'image' && <button type="button" class="picture" aria-label={String(file['name'])} onClick={() => open(file.id)}><img src={contentOf(file.id)} alt="" loading="lazy" /></button>}
      </div>
      <time dateTime={at}>{clockText(at)}</time>
    </li>
  )
}
