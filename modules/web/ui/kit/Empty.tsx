import type { ComponentChildren } from 'preact'
import { Icon } from './Icon'

export function Empty({ icon, text, children }: { icon: string; text: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <p>{text}</p>
      {children && <div class="actions">{children}</div>}
    </div>
  )
}
