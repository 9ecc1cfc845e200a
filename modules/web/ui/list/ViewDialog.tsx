// A view's name, and whether everybody sees it.
import { useState } from 'preact/hooks'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { t } from '../locale/i18n'

export interface ViewDialogProps { label: string; name: string; shared: boolean; onSave: (name: string, shared: boolean) => void; onClose: () => void }

export function ViewDialog({ label, name: first, shared: sharedFirst, onSave, onClose }: ViewDialogProps) {
  const [name, setName] = useState(first)
  const [shared, setShared] = useState(sharedFirst)
  return (
    <Dialog label={label} onClose={onClose}>
      <form class="dialog-body" onSubmit={(event) => { event.preventDefault(); if (name.trim()) onSave(name.trim(), shared) }}>
        <div class="field"><label for="view-name">{t('name')}</label><input id="view-name" class="input" autofocus required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" /></div>
        <label class="check"><input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />{t('view_shared_hint')}</label>
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={!name.trim()}>{t('save')}</Button></div>
      </form>
    </Dialog>
  )
}
