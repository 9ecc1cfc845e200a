import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { Menu } from 'lucide-preact'
import { t } from '../locale/i18n'
import { Button } from '../kit/Button'
import { navOpen } from './frame'

interface Crumb { text: string; href?: string }

export function TopBar({ crumbs, children }: { crumbs: Crumb[]; children?: ComponentChildren }) {
  return (
    <header class="top">
      <span class="menu-button"><Button look="quiet" icon aria-label={t('menu')} aria-expanded={navOpen.value} onClick={() => { navOpen.value = true }}><Menu size={16} aria-hidden="true" /></Button></span>
      <nav class="crumbs" aria-label={t('back')}>
        {crumbs.map((crumb, index) => (
          <>
            {index > 0 && <span aria-hidden="true">/</span>}
            {crumb.href ? <Link href={crumb.href}>{crumb.text}</Link> : <span>{crumb.text}</span>}
          </>
        ))}
      </nav>
      <span class="grow" />
      {children}
    </header>
  )
}
