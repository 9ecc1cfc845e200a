import type { ComponentChildren } from 'preact'
import { Icon } from './Icon'

/** `title`: nothing else on the page has a heading. */
export function Empty({ icon, text, title, children }: { icon: string; text: string; title?: boolean; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      {title ? <h1>{text}</h1> : <p>{text}</p>}
      {children && <div class="actions">{children}</div>}
    </div>
  )
}
