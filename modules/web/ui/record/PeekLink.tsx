// A link to a record that opens beside this one; with Ctrl, Shift or the middle button it goes there.
import type { ComponentChildren } from 'preact'
import { Link, useSearchParams } from 'wouter-preact'
import { entity as findEntity } from '../data/session'

interface Props { entity: string; id: string; class?: string; children: ComponentChildren }

export function PeekLink({ entity, id, class: look, children }: Props) {
  const [, setAddress] = useSearchParams()
  if (!findEntity(entity)?.can.read) return <span class={look}>{children}</span>
  const peek = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || matchMedia('(max-width: 760px)').matches) return
    event.preventDefault()
    setAddress((old) => { const next = new URLSearchParams(old); next.set('peek', `${entity}/${id}`); return next })
  }
  return <Link href={`/${entity}/${id}`} class={look} onClick={peek}>{children}</Link>
}
