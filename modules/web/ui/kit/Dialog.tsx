// A modal on the native dialog element: focus stays inside, Escape and a click outside close it.
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { X } from 'lucide-preact'
import { t } from '../locale/i18n'
import { Button } from './Button'

interface DialogProps { label: string; class?: string; bare?: boolean; children: ComponentChildren; onClose: () => void }

export function Dialog({ label, class: look = '', bare, children, onClose }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => { // with the drawing itself: the key after the one that opened it is its own
    const before = document.activeElement as HTMLElement | null
    box.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog ref={box} class={`dialog ${look}`} aria-label={label} onCancel={(event) => { event.preventDefault(); onClose() }}
      onClick={(event) => { if (event.target === box.current) onClose() }}>
      {!bare && (
        <header class="dialog-head">
          <h2>{label}</h2>
          <Button look="quiet" icon aria-label={t('close')} onClick={onClose}><X size={16} aria-hidden="true" /></Button>
        </header>
      )}
      {children}
    </dialog>
  )
}
