// A dialog that no component of the page holds: for commands of modules and plugins. It goes with the page.
import { render, type ComponentType } from 'preact'
import { Dialog } from './Dialog'
import { ErrorBoundary } from './ErrorBoundary'

export function openDialog(label: string, Body: ComponentType<{ close: () => void }>): void {
  const host = document.body.appendChild(document.createElement('div'))
  const close = (): void => {
    removeEventListener('popstate', close)
    render(null, host)
    host.remove()
  }
  addEventListener('popstate', close)
  render(<Dialog label={label} onClose={close}><ErrorBoundary><Body close={close} /></ErrorBoundary></Dialog>, host)
}
