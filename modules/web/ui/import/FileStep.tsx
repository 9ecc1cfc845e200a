// A file is dropped or chosen.
import { useRef, useState } from 'preact/hooks'
import { FileUp } from 'lucide-preact'
import { Button } from '../kit/Button'
import { ti } from './texts'

const LIMIT_MB = 512

export function FileStep({ again, onFile }: { again: boolean; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [large, setLarge] = useState(false)
  const take = (file: File | undefined): void => {
    if (!file) return
    if (file.size > LIMIT_MB * 1024 * 1024) setLarge(true)
    else onFile(file)
  }
  return (
    <div class={`drop${over ? ' over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer?.files[0]) }}>
      <FileUp size={28} aria-hidden="true" />
      <strong>{ti('drop')}</strong>
      <p class="hint">{again ? ti('file_again') : ti('drop_hint')}</p>
      {large && <p class="field-error" role="alert">{ti('file_large', { limit: LIMIT_MB })}</p>}
      <Button look="primary" onClick={() => input.current?.click()}>{ti('choose')}</Button>
      <input ref={input} type="file" class="visually-hidden" tabIndex={-1} accept=".csv,.tsv,.txt,.xlsx,.vcf,text/csv,text/vcard" aria-label={ti('file')} onChange={(event) => take(event.currentTarget.files?.[0])} />
    </div>
  )
}
