import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { t } from '../locale/i18n'
import { Bell } from '../notify/Bell'

interface Crumb { text: string; href?: string }

export function TopBar({ crumbs, children }: { crumbs: Crumb[]; children?: ComponentChildren }) {
  return (
    <header class="top">
      <nav class="crumbs" aria-label={t('path')}>
        {crumbs.map((crumb, index) => (
          <>
            {index > 0 && <span aria-hidden="true">/</span>}
            {crumb.href ? <Link href={crumb.href}>{crumb.text}</Link> : <span>{crumb.text}</span>}
          </>
        ))}
      </nav>
      <span class="grow" />
      {children}
      <Bell />
    </header>
  )
}
