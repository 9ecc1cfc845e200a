// A file as far as a browser shows it: an image, a PDF, the beginning of a text; else a way to get it.
import { useEffect, useState } from 'preact/hooks'
import { Download } from 'lucide-preact'
import type { RecordData } from '../data/types'
import { formatTime } from '../format/format'
import { Dialog } from '../kit/Dialog'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { contentOf, shapeOf } from './attachments'
import { sizeText } from '../format/format'

const TEXT_BYTES = 200_000

export function FilePreview({ file, onClose }: { file: RecordData; onClose: () => void }) {
  const shape = shapeOf(file)
  return (
    <Dialog label={String(file['name'])} class="preview" onClose={onClose}>
      <div class="preview-body">
        {shape === 'image' && <img src={contentOf(file.id)} alt={String(file['name'])} />}
        {shape === 'pdf' && <Pdf id={file.id} name={String(file['name'])} />}
        {shape === 'text' && <TextBody id={file.id} bytes={Number(file['bytes'] ?? 0)} />}
        {shape === 'none' && <p class="hint">{tr('no_preview')}</p>}
      </div>
      <div class="preview-foot">
        <span class="hint grow">{[sizeText(Number(file['bytes'] ?? 0)), formatTime(String(file['created_at']))].join(' · ')}</span>
        <a class="button primary" href={contentOf(file.id)} download><Download size={14} aria-hidden="true" />{t('download')}</a>
      </div>
    </Dialog>
  )
}

/** The server sends every file as an attachment; the browser's own viewer gets the bytes from here. */
function Pdf({ id, name }: { id: string; name: string }) {
  const [address, setAddress] = useState('')
  const [problem, setProblem] = useState<unknown>(null)
  useEffect(() => {
    let made = ''
    fetch(contentOf(id)).then((answer) => answer.arrayBuffer()).then((bytes) => {
      made = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }))
      setAddress(made)
    }).catch(setProblem)
    return () => { if (made) URL.revokeObjectURL(made) }
  }, [id])
  if (problem) return <ErrorCard error={problem} />
  return address ? <iframe src={address} title={name} /> : null
}

function TextBody({ id, bytes }: { id: string; bytes: number }) {
  const [text, setText] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  useEffect(() => {
    fetch(contentOf(id), bytes > TEXT_BYTES ? { headers: { Range: `bytes=0-${TEXT_BYTES - 1}` } } : {}).then((answer) => answer.text()).then(setText).catch(setProblem)
  }, [id])
  if (problem) return <ErrorCard error={problem} />
  return <pre tabIndex={0} aria-label={tr('preview')}>{text}{bytes > TEXT_BYTES ? '\n…' : ''}</pre>
}
